-- The company whose endpoint took a frame, empty where the devices of all may send: what one company's cloud says of a vehicle
-- never becomes the data of another's tracker.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS company_id LowCardinality(String) DEFAULT '';
ALTER TABLE frames ADD COLUMN IF NOT EXISTS company_id LowCardinality(String) DEFAULT '';
ALTER TABLE tracker_idents ADD COLUMN IF NOT EXISTS company_id LowCardinality(String) DEFAULT 'default';

-- A view keeps the columns that its tables had when it was made.
CREATE OR REPLACE VIEW messages_once AS SELECT *, registered FROM messages FINAL;
CREATE OR REPLACE VIEW frames_once AS SELECT * FROM frames FINAL;
CREATE OR REPLACE VIEW tracker_messages AS
SELECT i.tracker_oid AS oid, i.tracker_id AS tracker_id, i.provider AS tracker_provider, m.*
FROM (SELECT *, registered FROM messages FINAL) AS m
INNER JOIN (
    SELECT ident, argMax(tracker_oid, registered_at) AS tracker_oid, argMax(tracker_id, registered_at) AS tracker_id,
           argMax(provider, registered_at) AS provider, argMax(company_id, registered_at) AS company_id
    FROM (SELECT * FROM tracker_idents FINAL) WHERE ended_at IS NULL GROUP BY ident
) AS i ON i.ident = m.ident
WHERE m.company_id IN ('', i.company_id);
