-- Which chunk of its desk an item came in: a copy of that desk that stood before it gets the item like everybody else.
ALTER TABLE item ADD COLUMN counter INTEGER NOT NULL DEFAULT 0;

-- The share of each case in the sums by which desk and county see whether they hold the same (sync::digest). `heap` is the
-- first byte of SHA-256 over the case id.
CREATE TABLE case_share (
    case_id TEXT    NOT NULL PRIMARY KEY REFERENCES case_file (id),
    heap    INTEGER NOT NULL,
    draft   INTEGER NOT NULL,
    share   BLOB    NOT NULL
) STRICT;
