-- One row for each decoded message. A message sent again has the same ident, device time and record id, and collapses.
-- The partition is the month of the ORIGINAL device time: a backlog arrives late, and rows collapse only within a partition.
-- Times no tracker can mean share partition 0, so that a mad clock cannot make partitions without bound.
CREATE TABLE IF NOT EXISTS messages (
    ident          String CODEC(ZSTD(1)),
    device_time    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    record_id      UInt64 CODEC(NONE),
    batch_id       UInt64 CODEC(Delta, ZSTD(1)),
    spool_id       UInt64 CODEC(ZSTD(1)),
    spool_seq      UInt64 CODEC(Delta, ZSTD(1)),
    row_index      UInt16 CODEC(ZSTD(1)),
    tracker_oid    String CODEC(ZSTD(1)),
    provider       LowCardinality(String),
    protocol       LowCardinality(String),
    codec_version  UInt16 CODEC(ZSTD(1)),
    transport      LowCardinality(String),
    listener       LowCardinality(String),
    observed_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    fix_time       Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    received_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    stored_at      DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    clock_repair   LowCardinality(String) COMMENT 'none; missing: the device gave no time, received_at stands in device_time; past, future, rollover',
    backlog        Bool CODEC(ZSTD(1)),
    lat            Nullable(Float64) CODEC(ZSTD(1)),
    lon            Nullable(Float64) CODEC(ZSTD(1)),
    valid          Bool COMMENT 'the device calls the fix valid' CODEC(ZSTD(1)),
    distrust       LowCardinality(String) COMMENT 'why the gateway does not believe the fix, empty where it does',
    altitude_m     Nullable(Float32) CODEC(ZSTD(1)),
    speed_kmh      Nullable(Float32) CODEC(ZSTD(1)),
    course_deg     Nullable(Float32) CODEC(ZSTD(1)),
    satellites     Nullable(UInt8) CODEC(ZSTD(1)),
    hdop           Nullable(Float32) CODEC(ZSTD(1)),
    signals        Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    states         Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    events         Array(LowCardinality(String)) CODEC(ZSTD(1)),
    registered     Bool ALIAS tracker_oid != '',
    INDEX spool_seq_range spool_seq TYPE minmax GRANULARITY 1,
    INDEX batch_id_range batch_id TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY if(device_time < toDateTime64('2015-01-01 00:00:00', 3, 'UTC') OR device_time >= toDateTime64('2100-01-01 00:00:00', 3, 'UTC'), 0, toYYYYMM(device_time))
ORDER BY (ident, device_time, record_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

-- The raw journal: every frame as it came, with where it ended.
CREATE TABLE IF NOT EXISTS frames (
    ident          String CODEC(ZSTD(1)),
    received_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    spool_id       UInt64 CODEC(ZSTD(1)),
    spool_seq      UInt64 CODEC(Delta, ZSTD(1)),
    row_index      UInt16 CODEC(ZSTD(1)),
    batch_id       UInt64 CODEC(Delta, ZSTD(1)),
    protocol       LowCardinality(String),
    codec_version  UInt16 CODEC(ZSTD(1)),
    dialect        LowCardinality(String),
    transport      LowCardinality(String),
    listener       LowCardinality(String),
    peer           String CODEC(ZSTD(1)),
    session_id     String CODEC(ZSTD(1)),
    outcome        LowCardinality(String) COMMENT 'stored, duplicate or quarantined',
    fault          LowCardinality(String) COMMENT 'why the frame, or a part of it, is in quarantine; empty where it is not',
    messages       UInt16 CODEC(ZSTD(1)),
    frame          String CODEC(ZSTD(3)),
    INDEX spool_seq_range spool_seq TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (ident, received_at, spool_id, spool_seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480,
         ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS events (
    ident          String CODEC(ZSTD(1)),
    device_time    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    record_id      UInt64 CODEC(NONE),
    event_index    UInt16 CODEC(ZSTD(1)),
    code           LowCardinality(String),
    alarm          Bool CODEC(ZSTD(1)),
    observed_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    received_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    tracker_oid    String CODEC(ZSTD(1)),
    provider       LowCardinality(String),
    lat            Nullable(Float64) CODEC(ZSTD(1)),
    lon            Nullable(Float64) CODEC(ZSTD(1)),
    batch_id       UInt64 CODEC(Delta, ZSTD(1)),
    spool_id       UInt64 CODEC(ZSTD(1)),
    spool_seq      UInt64 CODEC(Delta, ZSTD(1)),
    row_index      UInt32 CODEC(ZSTD(1)),
    INDEX spool_seq_range spool_seq TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY if(device_time < toDateTime64('2015-01-01 00:00:00', 3, 'UTC') OR device_time >= toDateTime64('2100-01-01 00:00:00', 3, 'UTC'), 0, toYYYYMM(device_time))
ORDER BY (ident, device_time, record_id, event_index)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

-- Refused frames with their reason. `row_index` 0 is the frame; rows above it are rows of this frame that ClickHouse refused.
CREATE TABLE IF NOT EXISTS quarantine (
    received_at    DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    spool_id       UInt64,
    spool_seq      UInt64,
    row_index      UInt64,
    batch_id       UInt64,
    code           LowCardinality(String),
    detail         String CODEC(ZSTD(1)),
    ident          String CODEC(ZSTD(1)),
    protocol       LowCardinality(String),
    codec_version  UInt16,
    transport      LowCardinality(String),
    listener       LowCardinality(String),
    peer           String CODEC(ZSTD(1)),
    session_id     String CODEC(ZSTD(1)),
    frame          String CODEC(ZSTD(3)),
    frame_hash     UInt64 MATERIALIZED xxh3(frame) COMMENT 'equal for resends of the same bytes',
    INDEX spool_seq_range spool_seq TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, spool_id, spool_seq, row_index)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

CREATE TABLE IF NOT EXISTS tracker_transitions (
    id             String,
    tracker_oid    String,
    provider       LowCardinality(String),
    tracker_id     String,
    number         UInt32,
    from_status    LowCardinality(String) COMMENT 'empty for the registration',
    to_status      LowCardinality(String),
    trigger        LowCardinality(String),
    cause          String,
    at             DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree
ORDER BY (tracker_oid, number, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

CREATE TABLE IF NOT EXISTS trips (
    trip_id        String,
    tracker_oid    String,
    provider       LowCardinality(String),
    ident          String,
    started_at     DateTime64(3, 'UTC'),
    ended_at       DateTime64(3, 'UTC'),
    start_lat      Float64,
    start_lon      Float64,
    end_lat        Float64,
    end_lon        Float64,
    distance_m     Float64,
    points         UInt32,
    max_speed_kmh  Nullable(Float32)
) ENGINE = ReplacingMergeTree
PARTITION BY toYear(started_at)
ORDER BY (tracker_oid, started_at, trip_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

-- Which idents find which tracker. The row of greatest revision holds; `ended_at` is empty while the tracker is active.
CREATE TABLE IF NOT EXISTS tracker_idents (
    ident          String,
    source         LowCardinality(String),
    provider       LowCardinality(String),
    tracker_oid    String,
    tracker_id     String,
    registered_at  DateTime64(3, 'UTC'),
    ended_at       Nullable(DateTime64(3, 'UTC')),
    revision       UInt32
) ENGINE = ReplacingMergeTree(revision)
ORDER BY (ident, tracker_oid, source)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 480;

CREATE TABLE IF NOT EXISTS signal_catalogue (
    key            String,
    unit           LowCardinality(String) COMMENT 'UN/CEFACT Recommendation 20',
    type           LowCardinality(String),
    vss            String COMMENT 'COVESA VSS 6.0 path, empty where there is none',
    description    String,
    min            Nullable(Float64),
    max            Nullable(Float64)
) ENGINE = ReplacingMergeTree
ORDER BY key;

-- What is known last of each ident, kept as messages arrive. It can be filled again from `messages`, so it is not synced.
CREATE TABLE IF NOT EXISTS latest (
    ident             String,
    last_observed_at  SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_received_at  SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    owner             AggregateFunction(argMax, Tuple(String, String), DateTime64(3, 'UTC')),
    place             AggregateFunction(argMaxIf, Tuple(
                          Nullable(DateTime64(3, 'UTC')), Nullable(Float64), Nullable(Float64), Nullable(Float32),
                          Nullable(Float32), Nullable(Float32), Nullable(UInt8)), DateTime64(3, 'UTC'), UInt8)
) ENGINE = AggregatingMergeTree
ORDER BY ident
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_feed TO latest AS
SELECT ident, max(observed_at) AS last_observed_at, max(received_at) AS last_received_at,
       argMaxState((tracker_oid, toString(provider)), received_at) AS owner,
       argMaxIfState((toNullable(observed_at), lat, lon, altitude_m, speed_kmh, course_deg, satellites), observed_at,
                     lat IS NOT NULL AND valid AND distrust = '') AS place
FROM messages GROUP BY ident;

-- One row an ident: when it was heard last, and its last believed position, NULL where it never had one.
CREATE VIEW IF NOT EXISTS latest_state AS
SELECT ident, owner.1 AS tracker_oid, owner.2 AS provider, observed_at, received_at, place.1 AS position_at, place.2 AS lat,
       place.3 AS lon, place.4 AS altitude_m, place.5 AS speed_kmh, place.6 AS course_deg, place.7 AS satellites
FROM (
    SELECT ident, argMaxMerge(owner) AS owner, max(last_observed_at) AS observed_at, max(last_received_at) AS received_at,
           argMaxIfMerge(place) AS place
    FROM latest GROUP BY ident
);

-- Each row once, whatever was sent or inserted again: the tables without the rows that a merge would collapse.
CREATE VIEW IF NOT EXISTS messages_once AS SELECT *, registered FROM messages FINAL;
CREATE VIEW IF NOT EXISTS events_once AS SELECT * FROM events FINAL;
CREATE VIEW IF NOT EXISTS frames_once AS SELECT * FROM frames FINAL;

-- Messages with the tracker they belong to, those included that came before somebody registered it.
CREATE VIEW IF NOT EXISTS tracker_messages AS
SELECT i.tracker_oid AS oid, i.tracker_id AS tracker_id, i.provider AS tracker_provider, m.*
FROM (SELECT *, registered FROM messages FINAL) AS m
INNER JOIN (
    SELECT ident, argMax(tracker_oid, registered_at) AS tracker_oid, argMax(tracker_id, registered_at) AS tracker_id,
           argMax(provider, registered_at) AS provider
    FROM (SELECT * FROM tracker_idents FINAL) WHERE ended_at IS NULL GROUP BY ident
) AS i ON i.ident = m.ident;
