-- Attached files: what they are, which case names them, how far each travelled.

-- One file by the SHA-256 of its plain bytes. `here` says whether the encrypted bytes lie on this machine.
CREATE TABLE file (
    sha256 BLOB PRIMARY KEY NOT NULL,
    size   INTEGER NOT NULL,
    mime   TEXT NOT NULL,
    here   INTEGER NOT NULL,
    at     INTEGER NOT NULL
);
CREATE INDEX file_missing ON file (sha256) WHERE here = 0;

-- Which case names the file, in which material slot and under which key of the document.
CREATE TABLE file_ref (
    "case" BLOB NOT NULL,
    slot   TEXT NOT NULL,
    key    TEXT NOT NULL,
    sha256 BLOB NOT NULL REFERENCES file (sha256),
    PRIMARY KEY ("case", slot, key)
);
CREATE INDEX file_ref_by_file ON file_ref (sha256);

-- Sending a file for a case. A file is proven separately for each case that names it.
CREATE TABLE upload (
    "case"     BLOB NOT NULL,
    sha256     BLOB NOT NULL REFERENCES file (sha256),
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'at_county', 'refused')),
    lane       INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    url        TEXT,
    sent       INTEGER NOT NULL DEFAULT 0,
    refusal    TEXT,
    not_before INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY ("case", sha256)
);
CREATE INDEX upload_order ON upload (lane, size, "case") WHERE state IN ('waiting', 'sending');
CREATE INDEX upload_open ON upload ("case") WHERE state IN ('waiting', 'sending');
CREATE INDEX upload_refused ON upload ("case") WHERE state = 'refused';
