-- A file that its desk never sent is asked for ever more rarely, and stands in no other file's way.
ALTER TABLE file ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0;
