-- What this desk knows about itself and the people who use it.

-- Single facts by name: epoch, cursor, desk id, number prefix, certificates, grants, counters.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
);

-- How the window looks, for each person.
CREATE TABLE setting (
    person BLOB NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (person, name)
);

-- Which writer of document changes was which person on which desk.
CREATE TABLE actor (
    actor  BLOB PRIMARY KEY NOT NULL,
    desk   BLOB NOT NULL,
    person BLOB NOT NULL,
    name   TEXT NOT NULL,
    unit   TEXT NOT NULL
);

-- Commands of the window that were done already, so that repeating one is harmless.
CREATE TABLE request (
    id      TEXT PRIMARY KEY NOT NULL,
    command TEXT NOT NULL,
    reply   TEXT NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX request_by_time ON request (at);

-- Who looked at a covered value, and why. Only ever grows.
CREATE TABLE reveal_log (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    person BLOB NOT NULL,
    "case" BLOB NOT NULL,
    field  TEXT NOT NULL,
    reason TEXT NOT NULL,
    at     INTEGER NOT NULL
);
CREATE TRIGGER reveal_log_is_not_changed BEFORE UPDATE ON reveal_log
BEGIN SELECT RAISE(ABORT, 'the reveal log only grows'); END;
CREATE TRIGGER reveal_log_is_not_shortened BEFORE DELETE ON reveal_log
BEGIN SELECT RAISE(ABORT, 'the reveal log only grows'); END;
