-- Documents and changes lie sorted on the disk, and nothing lies there that follows from what lies beside it.

-- What is saved lies tightly from the beginning. What lies there already stays as it is until it is saved again.
DROP INDEX document_loose;
ALTER TABLE document DROP COLUMN tight;
-- Nobody asks by release.
DROP INDEX document_by_release;

-- The tail of a case is short: whether a change is among it is seen by reading it, not by a hash beside it.
CREATE TABLE tail (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    "case" BLOB NOT NULL REFERENCES document ("case") ON DELETE CASCADE,
    bytes  BLOB NOT NULL
);
INSERT INTO tail (n, "case", bytes) SELECT n, "case", bytes FROM change;
DROP TABLE change;
ALTER TABLE tail RENAME TO change;
CREATE INDEX change_by_case ON change ("case");

-- The share of a case in the sums lies with its document; NULL: it does not count. Its heap follows from the case.
ALTER TABLE document ADD COLUMN draft INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN share BLOB;
UPDATE document SET draft = share.draft, share = share.share FROM share WHERE share."case" = document."case";
DROP TABLE share;

-- A sealed answer names each item it proves, and so do the receipts. With `until` it lies as what differs from the items of the
-- receipts after `since` up to `until`; with `since` alone it is new, with neither it stays whole.
ALTER TABLE seal ADD COLUMN since INTEGER;
ALTER TABLE seal ADD COLUMN until INTEGER;
CREATE INDEX seal_new ON seal (n) WHERE since IS NOT NULL AND until IS NULL;

-- In the county's order originals are asked for only after the county was restored, all of them.
DROP INDEX receipt_by_seq;

-- Lines of one time stand in the order in which they were made.
DROP INDEX case_index_newest;
DROP INDEX case_index_newest_by_status;
DROP INDEX case_index_unseen;
CREATE INDEX case_index_newest ON case_index (updated_at DESC) WHERE discarded_at IS NULL;
CREATE INDEX case_index_newest_by_status ON case_index (status, updated_at DESC) WHERE discarded_at IS NULL;
CREATE INDEX case_index_unseen ON case_index (updated_at DESC) WHERE unseen = 1 AND discarded_at IS NULL;
