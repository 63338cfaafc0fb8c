-- Courier files: what each desk said in the newest one that was taken in, and how many were made for it.
CREATE TABLE courier (
    desk    TEXT    NOT NULL PRIMARY KEY REFERENCES desk (id),
    number  INTEGER NOT NULL,           -- of the newest courier file of this desk that was taken in
    arrived INTEGER NOT NULL,
    said    BLOB    NOT NULL,           -- what the desk said in it, and what became of its files: CBOR
    sent    INTEGER NOT NULL DEFAULT 0  -- number of the last courier file that was made for this desk
) STRICT;

-- Courier files of others that a desk brought, so that it can be told that they arrived.
CREATE TABLE courier_box (
    carrier TEXT    NOT NULL REFERENCES desk (id),
    sha256  BLOB    NOT NULL,
    arrived INTEGER NOT NULL,
    PRIMARY KEY (carrier, sha256)
) STRICT;
