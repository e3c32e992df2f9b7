-- What the gateway learns of trackers and idents while it reads the spool.
CREATE TABLE evidence (
  tracker_oid TEXT PRIMARY KEY REFERENCES trackers (oid),
  metres      REAL NOT NULL,
  -- Kept fixes: time, latitude, longitude as little-endian float64, ascending by time.
  fixes       BLOB NOT NULL,
  rest        TEXT NOT NULL CHECK (json_valid(rest))
) STRICT;

CREATE TABLE trips (
  tracker_oid TEXT PRIMARY KEY REFERENCES trackers (oid),
  state       TEXT NOT NULL CHECK (json_valid(state))
) STRICT;

CREATE TABLE liveness (
  ident         TEXT PRIMARY KEY,
  -- The ident in the form in which identities are compared.
  ident_key     TEXT NOT NULL,
  registered    INTEGER NOT NULL,
  last_frame_at INTEGER NOT NULL,
  facts         TEXT NOT NULL CHECK (json_valid(facts))
) STRICT, WITHOUT ROWID;
CREATE INDEX liveness_ident_key ON liveness (ident_key);
CREATE INDEX liveness_last_frame ON liveness (registered, last_frame_at);

-- Rows on their way to ClickHouse. AUTOINCREMENT: an id is never given twice, also after its row is gone.
CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  table_name TEXT NOT NULL,
  row        TEXT NOT NULL CHECK (json_valid(row))
) STRICT;

-- How far the spool is applied: one row at most.
CREATE TABLE applied (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  spool_id TEXT NOT NULL,
  seq      INTEGER NOT NULL
) STRICT;
