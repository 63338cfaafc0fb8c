-- What the county refused can be looked at, settled or sent once more; what it lost is offered again as it was bound.

-- Items that left together stay together, also aside and in the re-offer window (0: alone).
ALTER TABLE quarantine ADD COLUMN bundle INTEGER NOT NULL DEFAULT 0;
-- The program that could not go on with it: a later one tries again by itself where that helps.
ALTER TABLE quarantine ADD COLUMN program TEXT NOT NULL DEFAULT '';
CREATE INDEX quarantine_by_bundle ON quarantine (bundle);
CREATE INDEX quarantine_all_of_case ON quarantine ("case", at);
ALTER TABLE county_item ADD COLUMN bundle INTEGER NOT NULL DEFAULT 0;
CREATE INDEX county_item_by_bundle ON county_item (bundle);

-- Who writes in a case from which a branch was cut off, in place of the writer of that branch: no writer ever gives two
-- changes one number.
CREATE TABLE writer (
    "case"     BLOB PRIMARY KEY NOT NULL,
    instead_of BLOB NOT NULL,
    actor      BLOB NOT NULL
);

-- Cases this desk may no longer see, on which something still waits to be sent: hidden, and gone when it has arrived.
CREATE TABLE leaving (
    "case" BLOB PRIMARY KEY NOT NULL,
    at     INTEGER NOT NULL
);
