-- A look at a covered value is a signed act now, sent to the county's book like every other one. The table that only this
-- desk could read goes; no program that wrote it was ever released.
DROP TABLE reveal_log;
