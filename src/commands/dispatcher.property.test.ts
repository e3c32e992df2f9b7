import fc from 'fast-check';
import { expect, it } from 'vitest';
import { noChanges, T0 } from '../store/samples.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { CommandDispatcher } from './dispatcher.ts';
import { FakeLine } from './fake-line.ts';

const ANSWER_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What may happen to a gateway with two devices and a few commands. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('queue'), device: fc.nat(1), attempts: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('connect', 'leave', 'answer', 'lag', 'busy', 'free'), device: fc.nat(1) }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 30_000, ANSWER_MS, HOUR_MS) }),
  fc.record({ kind: fc.constantFrom('tick', 'tick', 'read', 'crash') }),
);

type Happening = { kind: string; device?: number; attempts?: number; ms?: number };

/** A gateway's lives over one store. What is not read yet of the answers outlives a crash, as the spool does. */
class Lives {
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly sent = new Map<string, string[]>();
  #dispatcher: CommandDispatcher | null = null;
  #lines: (FakeLine | null)[] = [null, null];
  #now = T0;
  #queued = 0;
  #answers = 0;
  #unread: (() => void)[] = [];
  #recovered: (() => void)[] = [];
  #sessions = 0;

  async take({ kind, device = 0, attempts = 1, ms = 0 }: Happening): Promise<void> {
    const line = this.#lines[device] ?? null;
    this.#now += 1;
    if (kind === 'queue') this.#queue(device, attempts);
    else if (kind === 'connect') this.#connect(device);
    else if (kind === 'wait') this.#now += ms;
    else if (kind === 'tick') await this.#gateway.tick();
    else if (kind === 'read') for (const settle of [...this.#recovered.splice(0), ...this.#unread.splice(0)]) settle();
    else if (kind === 'crash') this.#crash();
    else if (line !== null) this.#happensTo(line, device, kind);
    // Whatever it has set going is done before the next thing happens.
    await new Promise(setImmediate);
  }

  get #gateway(): CommandDispatcher {
    this.#dispatcher ??= new CommandDispatcher({
      queue: this.store.commands,
      now: () => this.#now,
      isCaughtUp: () => this.#recovered.length === 0,
      answerMs: ANSWER_MS,
      keepMs: 1_000 * HOUR_MS,
      onTrouble: (error) => {
        throw error;
      },
    });
    return this.#dispatcher;
  }

  #queue(device: number, maxAttempts: number): void {
    const times = { queuedAt: this.#now, expiresAt: this.#now + HOUR_MS };
    this.store.commands.add({ ident: `d${device}`, text: `c${this.#queued++}`, addressed: false, maxAttempts, ...times });
  }

  #crash(): void {
    this.#dispatcher = null;
    this.#lines = [null, null];
    this.#recovered.push(...this.#unread.splice(0));
  }

  #connect(device: number): void {
    const line = new FakeLine(`s${this.#sessions++}`, `d${device}`);
    this.#lines[device] = line;
    this.sent.set(line.sessionId, line.sent);
    this.#gateway.opened(line);
  }

  #happensTo(line: FakeLine, device: number, kind: string): void {
    if (kind === 'leave') {
      this.#gateway.closed(line);
      this.#lines[device] = null;
    } else if (kind === 'busy') line.idle = false;
    else if (kind === 'free') line.becomeIdle();
    else if (line.sent.length > 0) {
      const { sessionId } = line;
      const answer = { sessionId, answeredBy: `ab12/${this.#answers++}`, at: this.#now, text: 'yes', refused: false };
      this.#gateway.answered(line);
      const settle = () => void this.store.commit({ ...noChanges(), answers: [answer] });
      if (kind === 'answer' && this.#unread.length + this.#recovered.length === 0) settle();
      else this.#unread.push(settle);
    }
  }
}

it('sends a command at most as often as it may, and once over a session, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
      const lives = new Lives();
      for (const each of happenings) await lives.take(each);
      const sendings = [...lives.sent.values()];
      for (const command of lives.store.commands.list({ most: 100 })) {
        const carried = sendings.filter((sent) => sent.includes(command.text));
        expect(carried.length).toBe(command.attempts);
        expect(command.attempts).toBeLessThanOrEqual(command.maxAttempts);
        expect(command.status === 'queued').toBe(command.attempts === 0 && !['failed', 'expired'].includes(command.status));
      }
      for (const sent of sendings) expect(new Set(sent).size).toBe(sent.length);
      lives.store.close();
    }),
    { numRuns: 300 },
  );
});
