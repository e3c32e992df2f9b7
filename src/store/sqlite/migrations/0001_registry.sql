-- The registry: trackers and the history of their status.
CREATE TABLE trackers (
  oid                TEXT PRIMARY KEY,
  provider           TEXT NOT NULL,
  type               TEXT NOT NULL,
  tracker_id         TEXT NOT NULL,
  foreign_tracker_id TEXT,
  vehicle_type       TEXT,
  object_id          TEXT NOT NULL CHECK (json_valid(object_id)),
  -- The three identities in the form in which they are compared.
  tracker_key        TEXT NOT NULL,
  foreign_key        TEXT,
  serial_key         TEXT,
  status             TEXT NOT NULL,
  registered_at      INTEGER NOT NULL,
  validated_at       INTEGER,
  status_at          INTEGER NOT NULL,
  revision           INTEGER NOT NULL,
  -- Counts up over the whole table with every write, so that a reader fetches only what is new to it.
  change             INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX trackers_active ON trackers (provider, tracker_key) WHERE status <> 'disconnected';
CREATE UNIQUE INDEX trackers_change ON trackers (change);
CREATE INDEX trackers_tracker_key ON trackers (tracker_key);
CREATE INDEX trackers_foreign_key ON trackers (foreign_key) WHERE foreign_key IS NOT NULL;
CREATE INDEX trackers_serial_key ON trackers (serial_key) WHERE serial_key IS NOT NULL;

CREATE TABLE transitions (
  tracker_oid TEXT NOT NULL REFERENCES trackers (oid),
  number      INTEGER NOT NULL,
  id          TEXT NOT NULL UNIQUE,
  from_status TEXT,
  to_status   TEXT NOT NULL,
  "trigger"   TEXT NOT NULL,
  cause       TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (tracker_oid, number)
) STRICT, WITHOUT ROWID;
