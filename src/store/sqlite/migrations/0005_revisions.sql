-- What is kept of a tracker counts its writes, so that two writers notice each other.
ALTER TABLE evidence ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE trips ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
