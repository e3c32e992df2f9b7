-- What is known last is read by its key and as it came: states of aggregates cost an insert more than the row does, and a question most of its time.
DROP VIEW IF EXISTS latest_feed;
DROP TABLE IF EXISTS latest;

-- Of each ident, and of each whom it belonged to, the newest message of every set of keys that it has sent, so that the newest value of each key
-- is among them; of a backlog the last that came, too, since it may be older than what came before. It is filled from `messages`
-- (`latest.ts`), and can be again, so it is not synced.
CREATE TABLE IF NOT EXISTS latest_messages (
    ident          String,
    tracker_oid    String,
    company_id     LowCardinality(String),
    believed       Bool COMMENT 'it has a place that the device calls valid and the gateway believes',
    by_receipt     Bool COMMENT 'kept as the last of a backlog by its time of receipt, not as the newest of its keys',
    keys_hash      UInt64 COMMENT 'of the keys of signals and states; 0 where it is kept by receipt',
    kept_by        DateTime64(3, 'UTC') COMMENT 'the row of greatest stays',
    observed_at    DateTime64(3, 'UTC'),
    received_at    DateTime64(3, 'UTC'),
    provider       LowCardinality(String),
    lat            Nullable(Float64),
    lon            Nullable(Float64),
    altitude_m     Nullable(Float32),
    speed_kmh      Nullable(Float32),
    course_deg     Nullable(Float32),
    satellites     Nullable(UInt8),
    hdop           Nullable(Float32),
    signals        Map(LowCardinality(String), Float64),
    states         Map(LowCardinality(String), String)
) ENGINE = ReplacingMergeTree(kept_by)
PRIMARY KEY ident
ORDER BY (ident, tracker_oid, company_id, believed, by_receipt, keys_hash)
SETTINGS index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_messages_feed TO latest_messages AS
SELECT ident, tracker_oid, company_id, lat IS NOT NULL AND valid AND distrust = '' AS believed,
       arrayJoin(if(backlog, [false, true], [false])) AS by_receipt,
       if(by_receipt, 0, cityHash64(mapKeys(signals), mapKeys(states))) AS keys_hash, if(by_receipt, received_at, observed_at) AS kept_by,
       observed_at, received_at, provider, lat, lon, altitude_m, speed_kmh, course_deg, satellites, hdop, signals, states
FROM messages
ORDER BY kept_by DESC LIMIT 1 BY ident, tracker_oid, company_id, believed, by_receipt, keys_hash;

-- One row an ident: when it was heard last, and its last believed position, NULL where it never had one.
CREATE OR REPLACE VIEW latest_state AS
SELECT ident, owner.1 AS tracker_oid, owner.2 AS provider, observed_at, received_at, place.1 AS position_at, place.2 AS lat,
       place.3 AS lon, place.4 AS altitude_m, place.5 AS speed_kmh, place.6 AS course_deg, place.7 AS satellites
FROM (
    SELECT l.ident AS ident, argMax((l.tracker_oid, toString(l.provider)), l.received_at) AS owner, max(l.observed_at) AS observed_at,
           max(l.received_at) AS received_at,
           argMaxIf((toNullable(l.observed_at), l.lat, l.lon, l.altitude_m, l.speed_kmh, l.course_deg, l.satellites), l.observed_at,
                    l.believed) AS place
    FROM latest_messages AS l GROUP BY l.ident
);

-- Every ident that a tracker goes by, or has gone by, read by the tracker.
CREATE TABLE IF NOT EXISTS idents_of_tracker (
    tracker_oid    String,
    ident          String
) ENGINE = ReplacingMergeTree
ORDER BY (tracker_oid, ident)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

CREATE MATERIALIZED VIEW IF NOT EXISTS idents_of_tracker_feed TO idents_of_tracker AS SELECT tracker_oid, ident FROM tracker_idents;

INSERT INTO idents_of_tracker SELECT DISTINCT tracker_oid, ident FROM tracker_idents;
