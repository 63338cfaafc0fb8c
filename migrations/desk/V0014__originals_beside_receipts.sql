-- Receipts name what the county sealed by a number, and originals name their receipt: no digest, case or time stands twice.

-- What the county sealed, as it came; each answer once, by its SHA-256.
CREATE TABLE seal (
    n     INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
);
INSERT INTO seal (hash, bytes) SELECT unhex(substr(name, 10)), value FROM meta WHERE name GLOB 'receipts/*';
DELETE FROM meta WHERE name GLOB 'receipts/*';

-- `seal` 0: the sealed answer is lost.
CREATE TABLE proof (
    n      INTEGER PRIMARY KEY,
    item   BLOB NOT NULL UNIQUE,
    "case" BLOB NOT NULL,
    seq    INTEGER NOT NULL,
    seal   INTEGER NOT NULL,
    at     INTEGER NOT NULL
);
INSERT INTO proof (item, "case", seq, seal, at)
    SELECT item, "case", seq, coalesce((SELECT n FROM seal WHERE hash = signature), 0), at FROM receipt;

-- Signed originals while the county could still lose them. `form`: 0 by itself and new, 1 as what differs from the document of
-- its case, 2 by itself since a difference would be no smaller.
CREATE TABLE original (
    receipt INTEGER PRIMARY KEY REFERENCES proof (n),
    bundle  INTEGER NOT NULL,
    form    INTEGER NOT NULL DEFAULT 0,
    bytes   BLOB NOT NULL
);
INSERT INTO original (receipt, bundle, bytes)
    SELECT n, bundle, bytes FROM county_item JOIN proof ON proof.item = county_item.item;

DROP TABLE county_item;
DROP TABLE receipt;
ALTER TABLE proof RENAME TO receipt;
CREATE INDEX receipt_by_case ON receipt ("case");
CREATE INDEX receipt_by_seq ON receipt (seq);
CREATE INDEX original_by_bundle ON original (bundle) WHERE bundle <> 0;
CREATE INDEX original_new ON original (receipt) WHERE form = 0;
