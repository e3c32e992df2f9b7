-- Whose a row is, where it was not said: what is purged of one company's vehicle must leave alone what another is told of it.
ALTER TABLE events ADD COLUMN IF NOT EXISTS company_id LowCardinality(String) DEFAULT '';
ALTER TABLE events ADD COLUMN IF NOT EXISTS protocol LowCardinality(String) DEFAULT '';
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS company_id LowCardinality(String) DEFAULT '';
CREATE OR REPLACE VIEW events_once AS SELECT * FROM events FINAL;
