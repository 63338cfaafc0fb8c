-- The share of each case in the sums by which desk and county see whether they hold the same (sync::digest). `heap` is the
-- first byte of SHA-256 over the case id.
CREATE TABLE case_share (
    case_id TEXT    NOT NULL PRIMARY KEY REFERENCES case_file (id),
    heap    INTEGER NOT NULL,
    draft   INTEGER NOT NULL,
    share   BLOB    NOT NULL
) STRICT;
