-- A step came after it was typed: it becomes part of the case only when a person says so.
ALTER TABLE draft_buffer ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
