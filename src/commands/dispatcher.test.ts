import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, NewCommand } from '#model/command';
import { noChanges, T0 } from '../store/samples.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import type { CommandLine } from '../session/command-line.ts';
import { CommandDispatcher, type DispatcherOptions } from './dispatcher.ts';
import { FakeLine } from './fake-line.ts';
import type { CommandQueue } from './queue.ts';

const ANSWER_MS = 60_000;
const HOUR_MS = 3_600_000;

let store: SqliteStore;
let now: number;
let seq: number;
beforeEach(() => {
  store = openSqliteStore(':memory:');
  now = T0;
  seq = 0;
});
afterEach(() => store.close());

function openDispatcher(options: Partial<DispatcherOptions> = {}): CommandDispatcher {
  return new CommandDispatcher({
    queue: store.commands,
    now: () => now,
    isCaughtUp: () => true,
    answerMs: ANSWER_MS,
    keepMs: HOUR_MS,
    onTrouble: (error) => {
      throw error;
    },
    ...options,
  });
}

function queueCommand(text: string, fields: Partial<NewCommand> = {}): number {
  const sample = { ident: '42', addressed: false, maxAttempts: 3, queuedAt: now, expiresAt: now + HOUR_MS };
  return store.commands.add({ ...sample, text, ...fields }).id;
}

/** The queue, with every look at it reported first. */
function seen(report: (name: string) => unknown, isShared = false): CommandQueue {
  return new Proxy(store.commands, {
    get: (target, name) => {
      report(String(name));
      if (name === 'isShared') return isShared;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const stored = (id: number): Command => store.commands.byId(id) as Command;

/** The session has a durable answer, and the pipeline has read it. */
async function answer(dispatcher: CommandDispatcher, line: CommandLine): Promise<void> {
  dispatcher.answered(line);
  await read(line);
}

/** The session has sent its acks, and what waits for that is done. */
async function becomeIdle(line: FakeLine): Promise<void> {
  line.becomeIdle();
  await new Promise(setImmediate);
}

async function read(line: CommandLine): Promise<void> {
  seq++;
  const { sessionId } = line;
  const settled = { sessionId, answeredBy: `ab12/${seq}`, at: now, text: `answer ${seq}`, refused: false };
  await store.commit({ ...noChanges(), answers: [settled] });
}

describe('sending', () => {
  it('brings a command queued meanwhile to the session that is open, whichever comes first', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    await dispatcher.tick();
    const id = queueCommand('getinfo');
    await dispatcher.tick();
    expect(line.sent).toEqual(['getinfo']);
    expect(stored(id)).toMatchObject({ status: 'sent', attempts: 1, sessionId: 'aa', protocol: 'toy', sentAt: T0 });

    const later = queueCommand('getver', { ident: 'b', addressed: true });
    await dispatcher.tick();
    expect(stored(later)).toMatchObject({ status: 'queued', attempts: 0 });
    const other = new FakeLine('bb', 'B');
    dispatcher.opened(other);
    await dispatcher.tick();
    expect(other.sent).toEqual(['B:getver']);
  });

  it('has one command on its way over a session, and sends the next when the answer is read', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const [first, second] = [queueCommand('one'), queueCommand('two')];
    await dispatcher.tick();
    queueCommand('three');
    await dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    dispatcher.answered(line);
    await dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    await read(line);
    await dispatcher.tick();
    expect(line.sent).toEqual(['one', 'two']);
    await answer(dispatcher, line);
    await dispatcher.tick();
    expect([stored(first).result, stored(second).result]).toEqual(['answer 1', 'answer 2']);
    expect(line.sent).toEqual(['one', 'two', 'three']);
  });

  it('waits for the acks that are owed, and for those of a newer session', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    line.idle = false;
    dispatcher.opened(line);
    queueCommand('one');
    await dispatcher.tick();
    expect(line.sent).toEqual([]);
    const newer = new FakeLine('bb');
    newer.idle = false;
    dispatcher.opened(newer);
    await becomeIdle(line);
    expect([line.sent, newer.sent]).toEqual([[], []]);
    await dispatcher.tick();
    await becomeIdle(newer);
    expect([line.sent, newer.sent]).toEqual([[], ['one']]);
  });

  it('sends nothing once it is stopped', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    line.idle = false;
    dispatcher.opened(line);
    queueCommand('one');
    await dispatcher.tick();
    dispatcher.stop();
    await becomeIdle(line);
    expect(line.sent).toEqual([]);
  });

  it('fails what the protocol cannot write, and goes on', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queueCommand('impossible');
    queueCommand('two');
    await dispatcher.tick();
    await dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'failed', attempts: 0, result: 'toy has no such command' });
    expect(line.sent).toEqual(['two']);
  });

  it('gets to the last of very many, some at a time', async () => {
    for (let i = 0; i < 5_000; i++) queueCommand('none', { ident: `d${i}` });
    queueCommand('last');
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    await dispatcher.tick();
    expect(line.sent).toEqual([]);
    await dispatcher.tick();
    expect(line.sent).toEqual(['last']);
  });

  it('sends nothing that the store has not counted, and tries again', async () => {
    let broken = true;
    const dispatcher = openDispatcher({
      queue: seen((name) => {
        if (name === 'beginSendings' && broken) throw new Error('disk');
      }),
    });
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    queueCommand('one');
    await expect(dispatcher.tick()).rejects.toThrow('disk');
    expect(line.sent).toEqual([]);
    broken = false;
    await dispatcher.tick();
    expect(line.sent).toEqual(['one']);
  });

  it('asks the store for nothing but its version while there are no commands', async () => {
    const asked: string[] = [];
    const dispatcher = openDispatcher({ queue: seen((name) => asked.push(name)) });
    dispatcher.opened(new FakeLine('aa'));
    await dispatcher.tick();
    asked.length = 0;
    for (let i = 0; i < 3; i++) await dispatcher.tick();
    expect(asked).toEqual(['version', 'version', 'version']);
  });
});

describe('a command without an answer', () => {
  it('is sent again over the next session, until its attempts are used up', async () => {
    const dispatcher = openDispatcher();
    const id = queueCommand('one', { maxAttempts: 2 });
    for (const sessionId of ['aa', 'bb', 'cc']) {
      const line = new FakeLine(sessionId);
      dispatcher.opened(line);
      await dispatcher.tick();
      dispatcher.closed(line);
      await dispatcher.tick();
      expect(line.sent).toEqual(sessionId === 'cc' ? [] : ['one']);
    }
    expect(stored(id)).toMatchObject({ status: 'failed', attempts: 2, result: 'sent 2 times, not answered' });
  });

  it('keeps its session for a while, then lets the next go first, and waits for another session', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queueCommand('mute');
    queueCommand('two');
    await dispatcher.tick();
    now += ANSWER_MS - 1;
    await dispatcher.tick();
    expect(line.sent).toEqual(['mute']);
    now += 1;
    await dispatcher.tick();
    expect(line.sent).toEqual(['mute', 'two']);
    now += 1;
    await answer(dispatcher, line);
    await dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'sent', attempts: 1 });
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    await dispatcher.tick();
    expect(next.sent).toEqual(['mute']);
  });

  it('is not sent again where its answer came late and is not read yet', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queueCommand('slow');
    await dispatcher.tick();
    now += ANSWER_MS;
    await dispatcher.tick();
    dispatcher.answered(line);
    dispatcher.closed(line);
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    await dispatcher.tick();
    expect(next.sent).toEqual([]);
    await read(line);
    await dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'answered', attempts: 1 });
  });

  it('moves to a newer session of its device though the older looks open', async () => {
    const dispatcher = openDispatcher();
    const [older, newer] = [new FakeLine('aa'), new FakeLine('bb')];
    dispatcher.opened(older);
    queueCommand('one');
    await dispatcher.tick();
    dispatcher.opened(newer);
    await dispatcher.tick();
    dispatcher.closed(older);
    await dispatcher.tick();
    expect([older.sent, newer.sent]).toEqual([['one'], ['one']]);
  });

  it('expires, but not while its answer may come', async () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    const waiting = queueCommand('nobody', { ident: '7', expiresAt: T0 + 1_000 });
    const sent = queueCommand('one', { expiresAt: T0 + 1_000 });
    dispatcher.opened(line);
    await dispatcher.tick();
    now += 1_000;
    await dispatcher.tick();
    expect([stored(waiting).status, stored(sent).status]).toEqual(['expired', 'sent']);
    now += ANSWER_MS;
    await dispatcher.tick();
    expect(stored(sent).status).toBe('expired');
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    await dispatcher.tick();
    expect(next.sent).toEqual([]);
  });
});

describe('after a restart', () => {
  it('what was sent waits until the frames of the earlier life are read, what was not goes at once', async () => {
    const before = openDispatcher();
    before.opened(new FakeLine('aa'));
    const id = queueCommand('one');
    await before.tick();

    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    const [line, other] = [new FakeLine('bb'), new FakeLine('cc', '7')];
    dispatcher.opened(line);
    dispatcher.opened(other);
    queueCommand('fresh', { ident: '7' });
    await dispatcher.tick();
    expect([line.sent, other.sent]).toEqual([[], ['fresh']]);
    caughtUp = true;
    await dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    expect(stored(id).attempts).toBe(2);
  });

  it('an answer found among those frames settles the command, and it is not sent again', async () => {
    const before = openDispatcher();
    const line = new FakeLine('aa');
    before.opened(line);
    const id = queueCommand('one');
    await before.tick();

    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    await dispatcher.tick();
    await read(line);
    caughtUp = true;
    await dispatcher.tick();
    expect(next.sent).toEqual([]);
    expect(stored(id)).toMatchObject({ status: 'answered', attempts: 1 });
  });

  it('what used up its attempts fails once those frames are read', async () => {
    const id = queueCommand('one', { maxAttempts: 1 });
    const before = openDispatcher();
    before.opened(new FakeLine('aa'));
    await before.tick();
    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    await dispatcher.tick();
    expect(stored(id).status).toBe('sent');
    caughtUp = true;
    await dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'failed', result: 'sent once, not answered' });
  });
});

describe('beside another gateway', () => {
  it('what that one has sent for the last time fails only when its answer has not come in time', async () => {
    const queue = seen(() => undefined, true);
    const other = openDispatcher({ queue });
    other.opened(new FakeLine('aa'));
    const id = queueCommand('one', { maxAttempts: 1 });
    await other.tick();
    const dispatcher = openDispatcher({ queue });
    now += ANSWER_MS - 1;
    await dispatcher.tick();
    expect(stored(id).status).toBe('sent');
    now += 1;
    await dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'failed', result: 'sent once, not answered' });
  });

  it('sends what that one cannot, and nothing that it has brought to an end', async () => {
    const queue = seen(() => undefined, true);
    const [mine, other] = [openDispatcher({ queue }), openDispatcher({ queue })];
    const [moving, ended] = [queueCommand('one'), queueCommand('two', { ident: '7', maxAttempts: 1 })];
    const lines = [new FakeLine('aa'), new FakeLine('bb', '7')] as const;
    for (const line of lines) other.opened(line);
    await mine.tick();
    await other.tick();
    await answer(other, lines[1]);
    other.closed(lines[0]);
    const [line, late] = [new FakeLine('cc'), new FakeLine('dd', '7')];
    mine.opened(line);
    mine.opened(late);
    await mine.tick();
    expect([line.sent, late.sent]).toEqual([['one'], []]);
    expect([stored(moving).attempts, stored(ended).status]).toEqual([2, 'answered']);
  });
});
