-- Words under which a case is found, in SQLite's own full-text index: which words there are and which lines have each, not the
-- words with every line. A word is whatever stands between spaces. `words` of a line: a check sum over its words, so that they
-- are only written when they differ.
ALTER TABLE case_index ADD COLUMN words INTEGER NOT NULL DEFAULT 0;
CREATE TABLE words_of_line AS SELECT n, group_concat(key, ' ') AS words FROM search_key GROUP BY n;
DROP TABLE search_key;
CREATE VIRTUAL TABLE search_key USING fts5(
    words, content = '', contentless_delete = 1, detail = none,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Co Cn'"
);
INSERT INTO search_key (rowid, words) SELECT n, words FROM words_of_line;
DROP TABLE words_of_line;
