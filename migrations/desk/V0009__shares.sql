-- The share of each case in the sums by which desk and county see whether they hold the same, as the county acknowledged
-- it. `bucket` is the first byte of the SHA-256 of the case id.
CREATE TABLE share (
    "case" BLOB PRIMARY KEY NOT NULL,
    bucket INTEGER NOT NULL,
    draft  INTEGER NOT NULL,
    share  BLOB NOT NULL
);
CREATE INDEX share_by_bucket ON share (bucket);
