-- The county platform's database, first shape. Never edited once released: add V2.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Ids of ours are hyphenated lower-case text,
-- keys and hashes are blobs. `sealed` columns hold XChaCha20-Poly1305 (nonce, then ciphertext) under the key of the case.

-- One row for each thing the county knows about itself: id, region, name, epoch, address, hosts.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- A village point, a township centre, a department or the county office.
CREATE TABLE unit (
    code     TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    villages TEXT NOT NULL DEFAULT '' -- further villages it serves, separated by one space
) STRICT;

CREATE TABLE person (
    id      TEXT    NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL,
    state   TEXT    NOT NULL DEFAULT 'active', -- active, disabled
    created INTEGER NOT NULL
) STRICT;

-- Roles belong to a person in a unit.
CREATE TABLE membership (
    person TEXT NOT NULL REFERENCES person (id),
    unit   TEXT NOT NULL REFERENCES unit (code),
    role   TEXT NOT NULL,
    PRIMARY KEY (person, unit, role)
) STRICT;

-- One installation. A clone gets another row, with another prefix.
CREATE TABLE desk (
    id           TEXT    NOT NULL PRIMARY KEY,
    prefix       TEXT    NOT NULL UNIQUE,
    unit         TEXT    NOT NULL REFERENCES unit (code),
    state        TEXT    NOT NULL DEFAULT 'active', -- active, revoked
    tls_key      BLOB    NOT NULL,                  -- SHA-256 of the certificate's public key
    tls_key_before BLOB,                            -- the one before, until the new certificate was seen in use
    device_key   BLOB    NOT NULL,                  -- Ed25519 public key that signs chunks and acts
    expires      INTEGER NOT NULL,                  -- end of the newest certificate
    created      INTEGER NOT NULL,
    revoked      INTEGER,
    seen         INTEGER,
    cursor       INTEGER NOT NULL DEFAULT 0,        -- the highest place this desk said it holds
    catalogue    BLOB                               -- the timestamp hash this desk said it knows
) STRICT;

-- Who works at which desk, with the key that person signs with there.
CREATE TABLE desk_person (
    desk     TEXT    NOT NULL REFERENCES desk (id),
    person   TEXT    NOT NULL REFERENCES person (id),
    unit     TEXT    NOT NULL REFERENCES unit (code),
    key      BLOB    NOT NULL,
    enrolled INTEGER NOT NULL,
    PRIMARY KEY (desk, person)
) STRICT;

CREATE TABLE enrol_code (
    hash    BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the secret
    person  TEXT    NOT NULL REFERENCES person (id),
    unit    TEXT    NOT NULL REFERENCES unit (code),
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER,
    desk    TEXT REFERENCES desk (id)
) STRICT;

-- Which person at which desk a document's actor is: first claim wins, for ever.
CREATE TABLE actor (
    actor  BLOB    NOT NULL PRIMARY KEY,
    desk   TEXT    NOT NULL REFERENCES desk (id),
    person TEXT    NOT NULL REFERENCES person (id),
    unit   TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    since  INTEGER NOT NULL
) STRICT;

CREATE TABLE case_file (
    id       TEXT    NOT NULL PRIMARY KEY,
    item     TEXT    NOT NULL,              -- code of the service item
    release  INTEGER NOT NULL,              -- catalogue release the case began on
    form     BLOB    NOT NULL,              -- digest of the form
    village  TEXT    NOT NULL,              -- the citizen's village
    unit     TEXT    NOT NULL,              -- the unit that took it, or took it over
    key      BLOB    NOT NULL,              -- key of the case, wrapped under the county's vault key
    sealed   BLOB    NOT NULL,              -- the document
    heads    BLOB    NOT NULL,              -- its heads, 32 bytes each, sorted
    valid    BLOB    NOT NULL DEFAULT x'',  -- heads of the last accepted act
    status   TEXT    NOT NULL,              -- folded from the acts; rebuildable
    operations INTEGER NOT NULL DEFAULT 0,  -- operations the document holds
    opened   INTEGER NOT NULL,
    changed  INTEGER NOT NULL
) STRICT;

CREATE TABLE case_actor (
    case_id TEXT NOT NULL REFERENCES case_file (id),
    actor   BLOB NOT NULL REFERENCES actor (actor),
    PRIMARY KEY (case_id, actor)
) STRICT;

-- The county's order: everything that was accepted, once, for ever.
CREATE TABLE item (
    entry   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- order of entry, which the chain follows
    seq     INTEGER NOT NULL UNIQUE,  -- the official number; survives a restore because receipts are adopted
    id      BLOB    NOT NULL UNIQUE,  -- SHA-256 of the item's bytes
    case_id TEXT    NOT NULL REFERENCES case_file (id),
    kind    TEXT    NOT NULL,         -- document, changes, act
    sealed  BLOB    NOT NULL,
    desk    TEXT    NOT NULL REFERENCES desk (id),
    arrived INTEGER NOT NULL,
    chain   BLOB    NOT NULL          -- SHA-256 over the chain of the item before, this item's id and its ciphertext
) STRICT;
CREATE INDEX item_of_case ON item (case_id, seq);

CREATE TABLE act (
    id      TEXT    NOT NULL PRIMARY KEY,
    case_id TEXT    NOT NULL REFERENCES case_file (id),
    seq     INTEGER NOT NULL UNIQUE REFERENCES item (seq),
    kind    TEXT    NOT NULL,
    person  TEXT    NOT NULL REFERENCES person (id)
) STRICT;
CREATE INDEX act_of_case ON act (case_id, seq);

-- Numbers that this county gave before it was restored, as its own sealed receipts prove.
CREATE TABLE adopted (
    id  BLOB    NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL UNIQUE
) STRICT;

-- Which scopes a case is visible in now: `draft:UNIT` or a region code.
CREATE TABLE case_scope (
    case_id TEXT NOT NULL REFERENCES case_file (id),
    scope   TEXT NOT NULL,
    PRIMARY KEY (case_id, scope)
) STRICT;
CREATE INDEX case_in_scope ON case_scope (scope, case_id);

-- What a desk that watches `scope` reads, in this order. A row is an item, or a case that left the scope.
CREATE TABLE scope_index (
    place     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    scope     TEXT    NOT NULL,
    seq       INTEGER REFERENCES item (seq),
    withdrawn TEXT
) STRICT;
CREATE INDEX scope_order ON scope_index (scope, place);
CREATE INDEX scope_item ON scope_index (seq, scope);

-- Chunks a desk sent: the same counter with other bytes means a cloned desk.
CREATE TABLE desk_chunk (
    desk    TEXT    NOT NULL REFERENCES desk (id),
    counter INTEGER NOT NULL,
    hash    BLOB    NOT NULL,
    answer  BLOB    NOT NULL,
    arrived INTEGER NOT NULL,
    PRIMARY KEY (desk, counter)
) STRICT;

CREATE TABLE file (
    case_id TEXT    NOT NULL REFERENCES case_file (id),
    sha256  BLOB    NOT NULL,
    size    INTEGER NOT NULL,
    mime    TEXT    NOT NULL,
    desk    TEXT    NOT NULL REFERENCES desk (id),
    arrived INTEGER NOT NULL,
    PRIMARY KEY (case_id, sha256)
) STRICT;

-- Files on their way (tus). Each slice that arrived is one sealed file beside the database.
CREATE TABLE upload (
    id      TEXT    NOT NULL PRIMARY KEY,
    case_id TEXT    NOT NULL REFERENCES case_file (id),
    sha256  BLOB    NOT NULL,
    size    INTEGER NOT NULL,
    mime    TEXT    NOT NULL,
    desk    TEXT    NOT NULL REFERENCES desk (id),
    position INTEGER NOT NULL DEFAULT 0,
    state   TEXT    NOT NULL DEFAULT 'open', -- open, done
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_of_file ON upload (case_id, sha256);

-- Append-only. Each row's hash covers the row before it, so that an export can be checked by a third party.
CREATE TABLE audit (
    seq   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    kind  TEXT    NOT NULL,
    body  TEXT    NOT NULL, -- JSON with ids, never with personal data
    hash  BLOB    NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TABLE release (
    number    INTEGER NOT NULL PRIMARY KEY,
    person    TEXT REFERENCES person (id), -- nobody when published from the command line
    published INTEGER NOT NULL,
    timestamp BLOB    NOT NULL             -- SHA-256 of timestamp.json
) STRICT;
