-- Names that are kept for a time, those of pushed messages. They were documents, each with three indexes.
CREATE TABLE names (
  name       TEXT PRIMARY KEY,
  kept_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX names_kept_until ON names (kept_until);

INSERT INTO names (name, kept_until) SELECT id, due_at FROM documents WHERE collection = 'push_seen' AND due_at IS NOT NULL;
DELETE FROM documents WHERE collection = 'push_seen';
