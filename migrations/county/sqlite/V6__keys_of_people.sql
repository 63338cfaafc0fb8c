-- Whoever is enrolled again at a desk, because they forgot their password, signs with another key from then on. What they
-- signed before may arrive later: every key they had at that desk is kept.
CREATE TABLE desk_person_key (
    desk   TEXT    NOT NULL REFERENCES desk (id),
    person TEXT    NOT NULL REFERENCES person (id),
    key    BLOB    NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (desk, person, key)
) STRICT;
INSERT INTO desk_person_key (desk, person, key, since) SELECT desk, person, key, enrolled FROM desk_person;
