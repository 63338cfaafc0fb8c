-- An upload is forgotten when it did not go on for a month, however long ago it began.
ALTER TABLE upload RENAME COLUMN created TO touched;
