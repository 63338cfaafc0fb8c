-- Catalogue releases of the county. Many lie side by side: a case stays on the release it began on.

-- Bodies by SHA-256, shared by all releases that have them unchanged.
CREATE TABLE catalogue_body (
    digest BLOB PRIMARY KEY NOT NULL,
    bytes  BLOB NOT NULL
);

CREATE TABLE catalogue_release (
    number       INTEGER PRIMARY KEY NOT NULL,
    issued       TEXT NOT NULL,
    note         TEXT NOT NULL,
    digest       BLOB NOT NULL REFERENCES catalogue_body (digest),
    regions      BLOB NOT NULL REFERENCES catalogue_body (digest),
    calendar     BLOB NOT NULL REFERENCES catalogue_body (digest),
    installed_at INTEGER NOT NULL
);

CREATE TABLE catalogue_item (
    release INTEGER NOT NULL REFERENCES catalogue_release (number) ON DELETE CASCADE,
    code    TEXT NOT NULL,
    name    TEXT NOT NULL,
    digest  BLOB NOT NULL REFERENCES catalogue_body (digest),
    PRIMARY KEY (release, code)
);
CREATE INDEX catalogue_item_by_digest ON catalogue_item (digest);
