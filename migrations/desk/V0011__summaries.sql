-- Ended cases of which only a summary lies here: the line in lists, the steps, and what the line and the search are made of.
-- The whole lies at the county and can be fetched again.
CREATE TABLE summary (
    "case" BLOB PRIMARY KEY NOT NULL,
    facts  BLOB NOT NULL,
    state  TEXT NOT NULL CHECK (state IN ('kept', 'wanted', 'lacking'))
);
CREATE INDEX summary_wanted ON summary ("case") WHERE state = 'wanted';
-- When a document came back whole, by the county's clock: it stays whole for a while again.
ALTER TABLE document ADD COLUMN fetched_at INTEGER NOT NULL DEFAULT 0;
