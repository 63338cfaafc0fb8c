-- What nobody waits for is packed as tightly as it goes.

-- `tight`: 0 as it was saved in passing, 1 as tightly as it goes.
ALTER TABLE document ADD COLUMN tight INTEGER NOT NULL DEFAULT 0;
CREATE INDEX document_loose ON document (tight) WHERE tight = 0;
