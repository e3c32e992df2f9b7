-- What changes with nearly every frame stands in columns of numbers: as JSON it would be made, read to be checked, and written whole
-- for each tracker and commit. Times too are REAL: a codec may tell parts of a millisecond, and whole ones take no more room.
CREATE TABLE trip_numbers (
  tracker_oid      TEXT PRIMARY KEY REFERENCES trackers (oid),
  revision         INTEGER NOT NULL DEFAULT 1,
  started_at       REAL,
  start_lat        REAL,
  start_lon        REAL,
  last_at          REAL,
  last_lat         REAL,
  last_lon         REAL,
  last_received_at REAL,
  metres           REAL,
  points           REAL,
  max_speed_kmh    REAL,
  closed           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO trip_numbers
  SELECT tracker_oid, revision, state ->> 'startAt', state ->> 'startLat', state ->> 'startLon', state ->> 'lastAt', state ->> 'lastLat',
    state ->> 'lastLon', state ->> 'lastReceivedAt', state ->> 'metres', state ->> 'points', state ->> 'maxSpeedKmh', state ->> 'closed'
  FROM trips;
DROP TABLE trips;
ALTER TABLE trip_numbers RENAME TO trips;

-- Numbers of an ident that are newer than those in its row of liveness.
CREATE TABLE heard (
  ident           TEXT PRIMARY KEY,
  last_frame_at   REAL,
  frames          REAL,
  messages        REAL,
  duplicates      REAL,
  last_message_at REAL,
  fix_at          REAL,
  fix_lat         REAL,
  fix_lon         REAL,
  ignition_on     REAL,
  ignition_at     REAL,
  moving_on       REAL,
  moving_at       REAL
) STRICT, WITHOUT ROWID;

-- Only those nobody has registered are looked for by when they were heard.
DROP INDEX liveness_last_frame;
CREATE INDEX liveness_strangers ON liveness (last_frame_at) WHERE registered = 0;
