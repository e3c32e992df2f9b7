import type { EpochMs } from '#model/clocks';
import { COMMAND_STATUSES, type Command, type CommandStatus, type NewCommand } from '#model/command';
import { identKey } from '#model/tracker';
import type { Sending } from '../../commands/queue.ts';
import type { CommandFilter, CommandStore } from '../command-store.ts';
import type { RedisLink } from './link.ts';
import { SCRIPTS } from './scripts.ts';

/** Commands looked at in one call. */
const LOOKED = 1_000;

type ListReply = [through: string, ...commands: [id: string, fields: string[]][]];

/** Commands in Redis. Every method rejects as those of `RedisStore` do. Answers come with its commits. */
export class RedisCommands implements CommandStore {
  readonly isShared = true;
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async add(command: NewCommand): Promise<Command> {
    const { ident, text, addressed, maxAttempts, queuedAt, expiresAt } = command;
    const values = [ident, identKey(ident), text, addressed ? 1 : 0, maxAttempts, queuedAt, expiresAt];
    const id = await this.#link.run<number>(SCRIPTS.commandAdd, ...values);
    const yet = { sentAt: null, sessionId: null, protocol: null, answeredAt: null, result: null };
    return { ...command, id, status: 'queued', attempts: 0, ...yet };
  }

  async byId(id: number): Promise<Command | null> {
    const fields = await this.#link.ask((client, prefix) => client.hgetall(`${prefix}command:${id}`));
    return fields['ident'] === undefined ? null : commandOf(id, fields);
  }

  async list({ ident, status, beforeId, most }: CommandFilter): Promise<readonly Command[]> {
    const list = ident === undefined ? 'commands' : `commands-of:${identKey(ident)}`;
    return this.#list(list, 'down', beforeId ?? '', status ?? '', most);
  }

  async open(afterId: number, most: number): Promise<readonly Command[]> {
    return this.#list('commands-open', 'up', afterId, '', most);
  }

  async firstOpenOf(ident: string): Promise<number | null> {
    const list = `commands-of:${identKey(ident)}`;
    const found = await Promise.all((['queued', 'sent'] as const).map((status) => this.#list(list, 'up', 0, status, 1)));
    const ids = found.flat().map(({ id }) => id);
    return ids.length === 0 ? null : Math.min(...ids);
  }

  async counts(): Promise<Readonly<Record<CommandStatus, number>>> {
    const found = await this.#link.ask((client, prefix) => client.hgetall(`${prefix}command-counts`));
    const entries = COMMAND_STATUSES.map((status) => [status, Number(found[status] ?? 0)] as const);
    return Object.fromEntries(entries) as Record<CommandStatus, number>;
  }

  async version(): Promise<string> {
    return (await this.#link.ask((client, prefix) => client.get(`${prefix}command-id`))) ?? '';
  }

  async beginSendings(sendings: readonly Sending[]): Promise<ReadonlySet<number>> {
    if (sendings.length === 0) return new Set();
    const values = sendings.flatMap(({ id, sessionId, protocol, at }) => [id, sessionId, protocol, at]);
    const begun = await this.#link.run<string[]>(SCRIPTS.commandSend, ...values);
    return new Set(begun.map(Number));
  }

  async expire(now: EpochMs, sentBefore: EpochMs, most: number): Promise<readonly number[]> {
    const ids = await this.#link.run<string[]>(SCRIPTS.commandExpire, now, sentBefore, most);
    return ids.map(Number);
  }

  async fail(id: number, why: string): Promise<void> {
    await this.#link.run(SCRIPTS.commandFail, id, why);
  }

  async forget(before: EpochMs, most: number): Promise<void> {
    await this.#link.run(SCRIPTS.commandForget, before, most);
  }

  async #list(
    list: string,
    direction: 'up' | 'down',
    from: number | '',
    status: CommandStatus | '',
    most: number,
  ): Promise<Command[]> {
    const found: Command[] = [];
    let at: string | number = from;
    do {
      const values = [list, direction, at, status, most - found.length, LOOKED];
      const [through, ...page]: ListReply = await this.#link.run<ListReply>(SCRIPTS.commandList, ...values);
      found.push(...page.map(([id, fields]) => commandOf(Number(id), objectOf(fields))));
      at = through;
    } while (at !== '' && found.length < most);
    return found;
  }
}

function objectOf(fields: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) pairs[fields[i] as string] = fields[i + 1] as string;
  return pairs;
}

function commandOf(id: number, fields: Readonly<Record<string, string>>): Command {
  const numberOf = (name: string): number | null => (fields[name] === undefined ? null : Number(fields[name]));
  return {
    id,
    ident: fields['ident'] ?? '',
    text: fields['text'] ?? '',
    addressed: fields['addressed'] === '1',
    maxAttempts: numberOf('max_attempts') ?? 0,
    queuedAt: numberOf('queued_at') ?? 0,
    expiresAt: numberOf('expires_at') ?? 0,
    status: fields['status'] as CommandStatus,
    attempts: numberOf('attempts') ?? 0,
    sentAt: numberOf('sent_at'),
    sessionId: fields['session_id'] ?? null,
    protocol: fields['protocol'] ?? null,
    answeredAt: numberOf('answered_at'),
    result: fields['result'] ?? null,
  };
}
