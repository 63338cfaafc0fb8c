-- Cases: the document of each, the official steps done to it, the line shown in lists.

-- The document of a case as last folded. Heads are 32-byte hashes one after the other; `acked_heads` is what the
-- county acknowledged last (empty: nothing yet). `meta` holds the facts of a case that never change.
CREATE TABLE document (
    "case"      BLOB PRIMARY KEY NOT NULL,
    release     INTEGER NOT NULL,
    meta        BLOB NOT NULL,
    snapshot    BLOB NOT NULL,
    heads       BLOB NOT NULL,
    acked_heads BLOB NOT NULL DEFAULT x''
);
CREATE INDEX document_by_release ON document (release);
CREATE INDEX document_not_acknowledged ON document ("case") WHERE heads <> acked_heads;

-- Changes saved since the document was last folded: a short tail.
CREATE TABLE change (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    "case" BLOB NOT NULL REFERENCES document ("case") ON DELETE CASCADE,
    hash   BLOB NOT NULL,
    bytes  BLOB NOT NULL,
    UNIQUE ("case", hash)
);
CREATE INDEX change_by_case ON change ("case", n);

-- Official steps. `seq` is the county's number; only then the step is real.
CREATE TABLE act (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    id      BLOB NOT NULL UNIQUE,
    "case"  BLOB NOT NULL,
    bytes   BLOB NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    seq     INTEGER,
    refusal TEXT,
    CHECK ((state = 'done') = (seq IS NOT NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
CREATE INDEX act_by_case ON act ("case", n);

-- What is being typed and is not part of the record yet.
CREATE TABLE draft_buffer (
    "case" BLOB NOT NULL,
    field  TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY ("case", field)
);

-- The line of a case in lists: a projection that can be thrown away and built again.
CREATE TABLE case_index (
    n            INTEGER PRIMARY KEY,
    "case"       BLOB NOT NULL UNIQUE,
    item         TEXT NOT NULL,
    item_name    TEXT NOT NULL,
    release      INTEGER NOT NULL,
    status       TEXT NOT NULL,
    applicant    TEXT NOT NULL,
    number       TEXT,
    village      TEXT,
    unit         TEXT NOT NULL,
    updated_at   INTEGER NOT NULL,
    collected_at INTEGER,
    differing    INTEGER NOT NULL DEFAULT 0,
    unseen       INTEGER NOT NULL DEFAULT 0,
    discarded_at INTEGER
);
CREATE INDEX case_index_newest ON case_index (updated_at DESC, "case") WHERE discarded_at IS NULL;
CREATE INDEX case_index_newest_by_status ON case_index (status, updated_at DESC, "case") WHERE discarded_at IS NULL;
CREATE INDEX case_index_unseen ON case_index (updated_at DESC, "case") WHERE unseen = 1 AND discarded_at IS NULL;
CREATE INDEX case_index_discarded ON case_index (discarded_at) WHERE discarded_at IS NOT NULL;
CREATE INDEX case_index_by_number ON case_index (number) WHERE number IS NOT NULL;

-- How many cases there are in each status, kept by the triggers below so that counting never walks the list.
CREATE TABLE case_count (
    status TEXT PRIMARY KEY NOT NULL,
    n      INTEGER NOT NULL
);
CREATE TRIGGER case_count_insert AFTER INSERT ON case_index WHEN new.discarded_at IS NULL
BEGIN
    INSERT INTO case_count (status, n) VALUES (new.status, 1) ON CONFLICT (status) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_count_delete AFTER DELETE ON case_index WHEN old.discarded_at IS NULL
BEGIN
    UPDATE case_count SET n = n - 1 WHERE status = old.status;
END;
CREATE TRIGGER case_count_update AFTER UPDATE OF status, discarded_at ON case_index
WHEN old.status <> new.status OR (old.discarded_at IS NULL) <> (new.discarded_at IS NULL)
BEGIN
    UPDATE case_count SET n = n - 1 WHERE status = old.status AND old.discarded_at IS NULL;
    INSERT INTO case_count (status, n) SELECT new.status, 1 WHERE new.discarded_at IS NULL
        ON CONFLICT (status) DO UPDATE SET n = n + 1;
END;

-- Words under which a case is found (name, pinyin, initials, number, item). Many: hence the short number of the line.
CREATE TABLE search_key (
    key TEXT NOT NULL,
    n   INTEGER NOT NULL REFERENCES case_index (n) ON DELETE CASCADE,
    PRIMARY KEY (key, n)
) WITHOUT ROWID;
CREATE INDEX search_key_by_line ON search_key (n);
