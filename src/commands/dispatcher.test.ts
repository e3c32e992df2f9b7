import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, NewCommand } from '#model/command';
import { noChanges, T0 } from '../store/samples.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import type { CommandLine } from '../session/command-line.ts';
import { CommandDispatcher, type DispatcherOptions } from './dispatcher.ts';
import { FakeLine } from './fake-line.ts';

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

function queue(text: string, fields: Partial<NewCommand> = {}): number {
  const sample = { ident: '42', addressed: false, maxAttempts: 3, queuedAt: now, expiresAt: now + HOUR_MS };
  return store.commands.add({ ...sample, text, ...fields }).id;
}

const stored = (id: number): Command => store.commands.byId(id) as Command;

/** The session has a durable answer, and the pipeline has read it. */
function answer(dispatcher: CommandDispatcher, line: CommandLine): void {
  dispatcher.answered(line);
  read(line);
}

function read(line: CommandLine): void {
  seq++;
  const { sessionId } = line;
  const settled = { sessionId, answeredBy: `ab12/${seq}`, at: now, text: `answer ${seq}`, refused: false };
  store.commit({ ...noChanges(), answers: [settled] });
}

describe('sending', () => {
  it('brings a command queued meanwhile to the session that is open, whichever comes first', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    dispatcher.tick();
    const id = queue('getinfo');
    dispatcher.tick();
    expect(line.sent).toEqual(['getinfo']);
    expect(stored(id)).toMatchObject({ status: 'sent', attempts: 1, sessionId: 'aa', protocol: 'toy', sentAt: T0 });

    const later = queue('getver', { ident: 'b', addressed: true });
    dispatcher.tick();
    expect(stored(later)).toMatchObject({ status: 'queued', attempts: 0 });
    const other = new FakeLine('bb', 'B');
    dispatcher.opened(other);
    dispatcher.tick();
    expect(other.sent).toEqual(['B:getver']);
  });

  it('has one command on its way over a session, and sends the next when the answer is read', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const [first, second] = [queue('one'), queue('two')];
    dispatcher.tick();
    queue('three');
    dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    dispatcher.answered(line);
    dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    read(line);
    dispatcher.tick();
    expect(line.sent).toEqual(['one', 'two']);
    answer(dispatcher, line);
    dispatcher.tick();
    expect([stored(first).result, stored(second).result]).toEqual(['answer 1', 'answer 2']);
    expect(line.sent).toEqual(['one', 'two', 'three']);
  });

  it('waits for the acks that are owed, and for those of a newer session', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    line.idle = false;
    dispatcher.opened(line);
    queue('one');
    dispatcher.tick();
    expect(line.sent).toEqual([]);
    const newer = new FakeLine('bb');
    newer.idle = false;
    dispatcher.opened(newer);
    line.becomeIdle();
    expect([line.sent, newer.sent]).toEqual([[], []]);
    dispatcher.tick();
    newer.becomeIdle();
    expect([line.sent, newer.sent]).toEqual([[], ['one']]);
  });

  it('sends nothing once it is stopped', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    line.idle = false;
    dispatcher.opened(line);
    queue('one');
    dispatcher.tick();
    dispatcher.stop();
    line.becomeIdle();
    expect(line.sent).toEqual([]);
  });

  it('fails what the protocol cannot write, and goes on', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queue('impossible');
    queue('two');
    dispatcher.tick();
    dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'failed', attempts: 0, result: 'toy has no such command' });
    expect(line.sent).toEqual(['two']);
  });

  it('gets to the last of very many, some at a time', () => {
    for (let i = 0; i < 5_000; i++) queue('none', { ident: `d${i}` });
    queue('last');
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    dispatcher.tick();
    expect(line.sent).toEqual([]);
    dispatcher.tick();
    expect(line.sent).toEqual(['last']);
  });

  it('sends nothing that the store has not counted, and tries again', () => {
    let broken = true;
    const refusing = new Proxy(store.commands, {
      get: (target, name) => {
        if (name === 'beginSendings' && broken) throw new Error('disk');
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const dispatcher = openDispatcher({ queue: refusing });
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    queue('one');
    expect(() => dispatcher.tick()).toThrow('disk');
    expect(line.sent).toEqual([]);
    broken = false;
    dispatcher.tick();
    expect(line.sent).toEqual(['one']);
  });

  it('asks the store for nothing but its version while there are no commands', () => {
    const asked: string[] = [];
    const watched = new Proxy(store.commands, {
      get: (target, name) => {
        asked.push(String(name));
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const dispatcher = openDispatcher({ queue: watched });
    dispatcher.opened(new FakeLine('aa'));
    dispatcher.tick();
    asked.length = 0;
    for (let i = 0; i < 3; i++) dispatcher.tick();
    expect(asked).toEqual(['version', 'version', 'version']);
  });
});

describe('a command without an answer', () => {
  it('is sent again over the next session, until its attempts are used up', () => {
    const dispatcher = openDispatcher();
    const id = queue('one', { maxAttempts: 2 });
    for (const sessionId of ['aa', 'bb', 'cc']) {
      const line = new FakeLine(sessionId);
      dispatcher.opened(line);
      dispatcher.tick();
      dispatcher.closed(line);
      dispatcher.tick();
      expect(line.sent).toEqual(sessionId === 'cc' ? [] : ['one']);
    }
    expect(stored(id)).toMatchObject({ status: 'failed', attempts: 2, result: 'sent 2 times, not answered' });
  });

  it('keeps its session for a while, then lets the next go first, and waits for another session', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queue('mute');
    queue('two');
    dispatcher.tick();
    now += ANSWER_MS - 1;
    dispatcher.tick();
    expect(line.sent).toEqual(['mute']);
    now += 1;
    dispatcher.tick();
    expect(line.sent).toEqual(['mute', 'two']);
    now += 1;
    answer(dispatcher, line);
    dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'sent', attempts: 1 });
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    dispatcher.tick();
    expect(next.sent).toEqual(['mute']);
  });

  it('is not sent again where its answer came late and is not read yet', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    dispatcher.opened(line);
    const id = queue('slow');
    dispatcher.tick();
    now += ANSWER_MS;
    dispatcher.tick();
    dispatcher.answered(line);
    dispatcher.closed(line);
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    dispatcher.tick();
    expect(next.sent).toEqual([]);
    read(line);
    dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'answered', attempts: 1 });
  });

  it('moves to a newer session of its device though the older looks open', () => {
    const dispatcher = openDispatcher();
    const [older, newer] = [new FakeLine('aa'), new FakeLine('bb')];
    dispatcher.opened(older);
    queue('one');
    dispatcher.tick();
    dispatcher.opened(newer);
    dispatcher.tick();
    dispatcher.closed(older);
    dispatcher.tick();
    expect([older.sent, newer.sent]).toEqual([['one'], ['one']]);
  });

  it('expires, but not while its answer may come', () => {
    const dispatcher = openDispatcher();
    const line = new FakeLine('aa');
    const waiting = queue('nobody', { ident: '7', expiresAt: T0 + 1_000 });
    const sent = queue('one', { expiresAt: T0 + 1_000 });
    dispatcher.opened(line);
    dispatcher.tick();
    now += 1_000;
    dispatcher.tick();
    expect([stored(waiting).status, stored(sent).status]).toEqual(['expired', 'sent']);
    now += ANSWER_MS;
    dispatcher.tick();
    expect(stored(sent).status).toBe('expired');
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    dispatcher.tick();
    expect(next.sent).toEqual([]);
  });
});

describe('after a restart', () => {
  it('what was sent waits until the frames of the earlier life are read, what was not goes at once', () => {
    const before = openDispatcher();
    before.opened(new FakeLine('aa'));
    const id = queue('one');
    before.tick();

    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    const [line, other] = [new FakeLine('bb'), new FakeLine('cc', '7')];
    dispatcher.opened(line);
    dispatcher.opened(other);
    queue('fresh', { ident: '7' });
    dispatcher.tick();
    expect([line.sent, other.sent]).toEqual([[], ['fresh']]);
    caughtUp = true;
    dispatcher.tick();
    expect(line.sent).toEqual(['one']);
    expect(stored(id).attempts).toBe(2);
  });

  it('an answer found among those frames settles the command, and it is not sent again', () => {
    const before = openDispatcher();
    const line = new FakeLine('aa');
    before.opened(line);
    const id = queue('one');
    before.tick();

    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    const next = new FakeLine('bb');
    dispatcher.opened(next);
    dispatcher.tick();
    read(line);
    caughtUp = true;
    dispatcher.tick();
    expect(next.sent).toEqual([]);
    expect(stored(id)).toMatchObject({ status: 'answered', attempts: 1 });
  });

  it('what used up its attempts fails once those frames are read', () => {
    const id = queue('one', { maxAttempts: 1 });
    const before = openDispatcher();
    before.opened(new FakeLine('aa'));
    before.tick();
    let caughtUp = false;
    const dispatcher = openDispatcher({ isCaughtUp: () => caughtUp });
    dispatcher.tick();
    expect(stored(id).status).toBe('sent');
    caughtUp = true;
    dispatcher.tick();
    expect(stored(id)).toMatchObject({ status: 'failed', result: 'sent once, not answered' });
  });
});
