-- Several people of different units may share a desk: each line says in which scopes its case lies, so that a list
-- shows a person no more than their unit may see. The scopes stand in one text, sorted, separated by spaces; few
-- different texts occur, and counting by them is as quick as before.
ALTER TABLE case_index ADD COLUMN scopes TEXT NOT NULL DEFAULT '';

-- As far as status and village tell; the lines are written anew from documents and steps whenever a case changes.
UPDATE case_index SET scopes = CASE
    WHEN status IN ('draft', 'collected') OR village IS NULL THEN 'draft:' || unit
    WHEN status IN ('forwarded', 'under_decision', 'approved', 'rejected', 'awaiting_delivery', 'delivered', 'closed', 'archived')
        THEN substr(village, 1, 6) || ' ' || substr(village, 1, 9) || ' ' || village || ' draft:' || unit
    ELSE substr(village, 1, 9) || ' ' || village || ' draft:' || unit
END;

DROP TRIGGER case_count_insert;
DROP TRIGGER case_count_delete;
DROP TRIGGER case_count_update;
DROP TABLE case_count;

-- How many cases there are in each status under each text of scopes, kept by the triggers below.
CREATE TABLE case_count (
    scopes TEXT    NOT NULL,
    status TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (scopes, status)
) WITHOUT ROWID;
INSERT INTO case_count (scopes, status, n)
    SELECT scopes, status, count(*) FROM case_index WHERE discarded_at IS NULL GROUP BY scopes, status;

CREATE TRIGGER case_count_insert AFTER INSERT ON case_index WHEN new.discarded_at IS NULL
BEGIN
    INSERT INTO case_count (scopes, status, n) VALUES (new.scopes, new.status, 1)
        ON CONFLICT (scopes, status) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_count_delete AFTER DELETE ON case_index WHEN old.discarded_at IS NULL
BEGIN
    UPDATE case_count SET n = n - 1 WHERE scopes = old.scopes AND status = old.status;
END;
CREATE TRIGGER case_count_update AFTER UPDATE OF status, scopes, discarded_at ON case_index
WHEN old.status <> new.status OR old.scopes <> new.scopes OR (old.discarded_at IS NULL) <> (new.discarded_at IS NULL)
BEGIN
    UPDATE case_count SET n = n - 1
        WHERE scopes = old.scopes AND status = old.status AND old.discarded_at IS NULL;
    INSERT INTO case_count (scopes, status, n) SELECT new.scopes, new.status, 1 WHERE new.discarded_at IS NULL
        ON CONFLICT (scopes, status) DO UPDATE SET n = n + 1;
END;
