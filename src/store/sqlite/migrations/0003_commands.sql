-- Commands to devices. AUTOINCREMENT: an id is never given twice, also after its row is gone.
CREATE TABLE commands (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  ident        TEXT NOT NULL,
  -- The ident in the form in which identities are compared.
  ident_key    TEXT NOT NULL,
  text         TEXT NOT NULL,
  addressed    INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  queued_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'answered', 'expired', 'failed')),
  attempts     INTEGER NOT NULL,
  sent_at      INTEGER,
  session_id   TEXT,
  protocol     TEXT,
  answered_at  INTEGER,
  result       TEXT,
  -- Spool and position of the frame that answered it.
  answered_by  TEXT
) STRICT;
CREATE INDEX commands_open ON commands (id) WHERE status IN ('queued', 'sent');
CREATE INDEX commands_expiry ON commands (expires_at) WHERE status IN ('queued', 'sent');
CREATE INDEX commands_status ON commands (status);
CREATE INDEX commands_ident ON commands (ident_key, id);
CREATE INDEX commands_session ON commands (session_id, sent_at) WHERE session_id IS NOT NULL;
-- A frame answers one command.
CREATE UNIQUE INDEX commands_answer ON commands (answered_by) WHERE answered_by IS NOT NULL;
