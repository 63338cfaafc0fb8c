-- Items of kind `side` stand beside their case: entered for a unit that had handed the case on before they arrived.
CREATE INDEX scope_withdrawn ON scope_index (withdrawn, scope) WHERE withdrawn IS NOT NULL;
