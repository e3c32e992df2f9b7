-- Trackers belong to companies. What was registered before there were any belongs to the first one.
ALTER TABLE trackers ADD COLUMN company_id TEXT NOT NULL DEFAULT 'default';
ALTER TABLE trackers ADD COLUMN deleted_at INTEGER;
CREATE INDEX trackers_company ON trackers (company_id, oid);

-- Small things that are read and written whole: companies, keys, credentials, groups, webhooks and the like, each kind a collection.
CREATE TABLE documents (
  collection TEXT NOT NULL,
  id         TEXT NOT NULL,
  -- Empty for what belongs to no company.
  company_id TEXT NOT NULL,
  -- Held by one document of the collection at a time.
  unique_key TEXT,
  -- When somebody has to look at it again.
  due_at     INTEGER,
  revision   INTEGER NOT NULL,
  body       TEXT NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX documents_unique ON documents (collection, unique_key) WHERE unique_key IS NOT NULL;
CREATE INDEX documents_company ON documents (collection, company_id, id);
CREATE INDEX documents_due ON documents (collection, due_at) WHERE due_at IS NOT NULL;

-- Changes of trackers that are still to be told to their companies. AUTOINCREMENT: an id is never given twice.
CREATE TABLE notices (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  tracker    TEXT NOT NULL CHECK (json_valid(tracker)),
  transition TEXT NOT NULL CHECK (json_valid(transition))
) STRICT;
