-- What goes to the county and what it answered.

-- Items not acknowledged yet, in the order they were made. Items with the same `bundle` leave together or not at all.
-- `chunk` is the counter of the chunk an item was last sent in; such an item is sent again unchanged.
CREATE TABLE outbox (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    item       BLOB NOT NULL UNIQUE,
    "case"     BLOB NOT NULL,
    person     BLOB NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('document', 'changes', 'act')),
    bundle     INTEGER NOT NULL,
    lane       INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    at         INTEGER NOT NULL,
    not_before INTEGER NOT NULL DEFAULT 0,
    chunk      INTEGER
);
CREATE INDEX outbox_order ON outbox (lane, bundle, n);
CREATE INDEX outbox_by_bundle ON outbox (bundle, n);
CREATE INDEX outbox_by_case ON outbox ("case");
CREATE INDEX outbox_by_chunk ON outbox (chunk, n) WHERE chunk IS NOT NULL;

-- The county's proof that it has an item.
CREATE TABLE receipt (
    item      BLOB PRIMARY KEY NOT NULL,
    "case"    BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    signature BLOB NOT NULL,
    at        INTEGER NOT NULL
);
CREATE INDEX receipt_by_case ON receipt ("case");

-- Signed originals kept while the county could still lose them (re-offer window, thirty days after the receipt).
CREATE TABLE county_item (
    item   BLOB PRIMARY KEY NOT NULL,
    "case" BLOB NOT NULL,
    seq    INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX county_item_by_seq ON county_item (seq, item);
CREATE INDEX county_item_by_time ON county_item (at);

-- Items that were refused or cannot be used: nothing is thrown away, a person looks at them.
CREATE TABLE quarantine (
    item      BLOB PRIMARY KEY NOT NULL,
    "case"    BLOB NOT NULL,
    person    BLOB,
    direction TEXT NOT NULL CHECK (direction IN ('up', 'down')),
    code      TEXT NOT NULL,
    bytes     BLOB NOT NULL,
    at        INTEGER NOT NULL,
    settled   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX quarantine_open ON quarantine (at, item) WHERE settled = 0;
CREATE INDEX quarantine_by_case ON quarantine ("case") WHERE settled = 0;
