import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '#model/clocks';
import { COMMAND_STATUSES, type Command, type CommandStatus, type NewCommand } from '#model/command';
import { identKey } from '#model/tracker';
import type { Sending } from '../../commands/queue.ts';
import type { CommandAnswer, CommandFilter, CommandStore } from '../command-store.ts';
import { inTransaction } from './database.ts';
import type { Row } from './rows.ts';
import type { Statements } from './statements.ts';

const OPEN = "status IN ('queued', 'sent')";

/** Commands in SQLite. Every method throws `store_io` where the file or another process refuses. */
export class SqliteCommands implements CommandStore {
  readonly isShared = false;
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  constructor(db: DatabaseSync, statements: Statements) {
    this.#db = db;
    this.#statements = statements;
  }

  add(command: NewCommand): Command {
    const { ident, text, addressed, maxAttempts, queuedAt, expiresAt } = command;
    const names = 'ident, ident_key, text, addressed, max_attempts, queued_at, expires_at, status, attempts';
    const sql = `INSERT INTO commands (${names}) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0) RETURNING *`;
    return inTransaction(this.#db, () => {
      const values = [ident, identKey(ident), text, addressed ? 1 : 0, maxAttempts, queuedAt, expiresAt];
      return commandOf(this.#statements.get(sql, ...values) as Row);
    });
  }

  byId(id: number): Command | null {
    const row = this.#statements.get('SELECT * FROM commands WHERE id = ?', id);
    return row === undefined ? null : commandOf(row);
  }

  list({ ident, status, beforeId, most }: CommandFilter): readonly Command[] {
    const sql = `SELECT * FROM commands WHERE (?1 IS NULL OR ident_key = ?1) AND (?2 IS NULL OR status = ?2)
      AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4`;
    const key = ident === undefined ? null : identKey(ident);
    return this.#statements.all(sql, key, status ?? null, beforeId ?? null, most).map(commandOf);
  }

  firstOpenOf(ident: string): number | null {
    const sql = `SELECT min(id) AS first FROM commands WHERE ident_key = ? AND ${OPEN}`;
    return this.#statements.get(sql, identKey(ident))?.['first'] as number | null;
  }

  counts(): Readonly<Record<CommandStatus, number>> {
    const rows = this.#statements.all('SELECT status, count(*) AS commands FROM commands GROUP BY status');
    const found = new Map(rows.map((row) => [row['status'] as CommandStatus, row['commands'] as number]));
    const entries = COMMAND_STATUSES.map((status) => [status, found.get(status) ?? 0] as const);
    return Object.fromEntries(entries) as Record<CommandStatus, number>;
  }

  version(): string {
    const last = this.#statements.get("SELECT seq FROM sqlite_sequence WHERE name = 'commands'");
    return String((last?.['seq'] as number | undefined) ?? 0);
  }

  open(afterId: number, most: number): readonly Command[] {
    return this.#statements
      .all(`SELECT * FROM commands WHERE ${OPEN} AND id > ? ORDER BY id LIMIT ?`, afterId, most)
      .map(commandOf);
  }

  beginSendings(sendings: readonly Sending[]): ReadonlySet<number> {
    const sql = `UPDATE commands SET status = 'sent', attempts = attempts + 1, sent_at = ?1, session_id = ?2, protocol = ?3
      WHERE id = ?4 AND ${OPEN} AND attempts < max_attempts AND expires_at > ?1`;
    return inTransaction(this.#db, () => {
      const statement = this.#statements.prepare(sql);
      const begun = sendings.filter(
        ({ id, sessionId, protocol, at }) => statement.run(at, sessionId, protocol, id).changes > 0,
      );
      return new Set(begun.map(({ id }) => id));
    });
  }

  expire(now: EpochMs, sentBefore: EpochMs, most: number): readonly number[] {
    const sql = `SELECT id FROM commands INDEXED BY commands_expiry
      WHERE ${OPEN} AND expires_at <= ? AND (sent_at IS NULL OR sent_at <= ?) LIMIT ?`;
    const ids = this.#statements.all(sql, now, sentBefore, most).map((row) => row['id'] as number);
    if (ids.length === 0) return ids;
    inTransaction(this.#db, () => {
      const statement = this.#statements.prepare(`UPDATE commands SET status = 'expired' WHERE id = ? AND ${OPEN}`);
      for (const id of ids) statement.run(id);
    });
    return ids;
  }

  fail(id: number, why: string): void {
    const sql = `UPDATE commands SET status = 'failed', result = ? WHERE id = ? AND ${OPEN}`;
    inTransaction(this.#db, () => this.#statements.prepare(sql).run(why, id));
  }

  forget(before: EpochMs, most: number): void {
    const sql = `SELECT id FROM commands WHERE NOT ${OPEN} AND expires_at < ? LIMIT ?`;
    const ids = this.#statements.all(sql, before, most).map((row) => row['id'] as number);
    if (ids.length === 0) return;
    inTransaction(this.#db, () => {
      const statement = this.#statements.prepare('DELETE FROM commands WHERE id = ?');
      for (const id of ids) statement.run(id);
    });
  }

  /** Gives answers to the commands they answer, within the transaction of a commit. */
  settle(answers: readonly CommandAnswer[]): void {
    // An answer that comes after its command was given up still counts. One that came before the last sending answers the one
    // before it.
    const answered = `SELECT id FROM commands WHERE session_id = :session AND answered_at IS NULL
      ORDER BY sent_at <= :at DESC, sent_at DESC, id DESC LIMIT 1`;
    const sql = `UPDATE commands SET status = :status, answered_at = :at, result = :text, answered_by = :by
      WHERE id = (${answered}) AND NOT EXISTS (SELECT 1 FROM commands WHERE answered_by = :by)`;
    for (const { sessionId, answeredBy, at, text, refused } of answers) {
      const status = refused ? 'failed' : 'answered';
      this.#statements.prepare(sql).run({ session: sessionId, by: answeredBy, at, text, status });
    }
  }
}

function commandOf(row: Row): Command {
  return {
    id: row['id'] as number,
    ident: row['ident'] as string,
    text: row['text'] as string,
    addressed: row['addressed'] === 1,
    maxAttempts: row['max_attempts'] as number,
    queuedAt: row['queued_at'] as number,
    expiresAt: row['expires_at'] as number,
    status: row['status'] as CommandStatus,
    attempts: row['attempts'] as number,
    sentAt: row['sent_at'] as number | null,
    sessionId: row['session_id'] as string | null,
    protocol: row['protocol'] as string | null,
    answeredAt: row['answered_at'] as number | null,
    result: row['result'] as string | null,
  };
}
