-- Words under which an item is found stand once for the item, not with every case of it.
CREATE TABLE item_key (
    item      TEXT NOT NULL,
    item_name TEXT NOT NULL,
    key       TEXT NOT NULL,
    PRIMARY KEY (item, item_name, key)
) WITHOUT ROWID;
CREATE INDEX item_key_by_key ON item_key (key);
CREATE INDEX case_index_by_item ON case_index (item);
