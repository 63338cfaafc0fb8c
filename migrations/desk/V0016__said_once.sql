-- What many cases have in common stands once.

-- The facts of a case that never change: few different ones, since most cases of a village are of few items.
CREATE TABLE facts (
    n    INTEGER PRIMARY KEY,
    meta BLOB NOT NULL UNIQUE
);
INSERT INTO facts (meta) SELECT DISTINCT meta FROM document;
ALTER TABLE document ADD COLUMN facts INTEGER REFERENCES facts (n);
UPDATE document SET facts = (SELECT n FROM facts WHERE facts.meta = document.meta);
ALTER TABLE document DROP COLUMN meta;

-- What the county acknowledged is, nearly always, all there is: x'3d' ("=") stands for the heads of the document.
DROP INDEX document_not_acknowledged;
UPDATE document SET acked_heads = x'3d' WHERE acked_heads = heads AND heads <> x'';
CREATE INDEX document_not_acknowledged ON document ("case") WHERE acked_heads <> x'3d';

-- The part of a line that many lines share.
CREATE TABLE heading (
    n         INTEGER PRIMARY KEY,
    item      TEXT    NOT NULL,
    item_name TEXT    NOT NULL,
    release   INTEGER NOT NULL,
    unit      TEXT    NOT NULL,
    -- Empty where it is not known.
    village   TEXT    NOT NULL,
    scopes    TEXT    NOT NULL,
    UNIQUE (item, item_name, release, unit, village, scopes)
);
INSERT INTO heading (item, item_name, release, unit, village, scopes)
    SELECT DISTINCT item, item_name, release, unit, coalesce(village, ''), scopes FROM case_index;
DROP TRIGGER case_count_insert;
DROP TRIGGER case_count_delete;
DROP TRIGGER case_count_update;
DROP INDEX case_index_by_item;
ALTER TABLE case_index ADD COLUMN heading INTEGER REFERENCES heading (n);
UPDATE case_index SET heading = (
    SELECT h.n FROM heading AS h WHERE h.item = case_index.item AND h.item_name = case_index.item_name
        AND h.release = case_index.release AND h.unit = case_index.unit
        AND h.village = coalesce(case_index.village, '') AND h.scopes = case_index.scopes
);
ALTER TABLE case_index DROP COLUMN item;
ALTER TABLE case_index DROP COLUMN item_name;
ALTER TABLE case_index DROP COLUMN release;
ALTER TABLE case_index DROP COLUMN unit;
ALTER TABLE case_index DROP COLUMN village;
ALTER TABLE case_index DROP COLUMN scopes;
CREATE INDEX case_index_by_heading ON case_index (heading);

-- Whole lines, to be read.
CREATE VIEW case_line AS
    SELECT l.n, l."case", h.item, h.item_name, h.release, l.status, l.applicant, l.number, nullif(h.village, '') AS village,
        h.unit, h.scopes, l.updated_at, l.collected_at, l.differing, l.unseen, l.discarded_at
    FROM case_index AS l JOIN heading AS h ON h.n = l.heading;

CREATE TRIGGER case_count_insert AFTER INSERT ON case_index WHEN new.discarded_at IS NULL
BEGIN
    INSERT INTO case_count (scopes, status, n) SELECT scopes, new.status, 1 FROM heading WHERE n = new.heading
        ON CONFLICT (scopes, status) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_count_delete AFTER DELETE ON case_index WHEN old.discarded_at IS NULL
BEGIN
    UPDATE case_count SET n = n - 1
        WHERE scopes = (SELECT scopes FROM heading WHERE n = old.heading) AND status = old.status;
END;
CREATE TRIGGER case_count_update AFTER UPDATE OF status, heading, discarded_at ON case_index
WHEN old.status <> new.status OR old.heading <> new.heading OR (old.discarded_at IS NULL) <> (new.discarded_at IS NULL)
BEGIN
    UPDATE case_count SET n = n - 1
        WHERE scopes = (SELECT scopes FROM heading WHERE n = old.heading) AND status = old.status
            AND old.discarded_at IS NULL;
    INSERT INTO case_count (scopes, status, n)
        SELECT scopes, new.status, 1 FROM heading WHERE n = new.heading AND new.discarded_at IS NULL
        ON CONFLICT (scopes, status) DO UPDATE SET n = n + 1;
END;
