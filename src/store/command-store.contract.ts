/**
 * What every store of commands must do, as tests. An implementation calls `describeCommandStore` from its own test file. It
 * is synchronous, as the dispatcher uses it, and answers come with the commits of the book.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command, NewCommand } from '#model/command';
import type { CommandAnswer, CommandStore } from './command-store.ts';
import { IMEI, noChanges, T0 } from './samples.ts';
import type { BookStore } from './tracker-store.ts';

/** A store as one process has it open. */
export interface OpenedStore extends Pick<BookStore, 'commit' | 'version'> {
  commands: CommandStore;
  close(): void;
}

const HOUR_MS = 3_600_000;
const SESSION = '00000000000000aa';

/** Runs the contract over one implementation. `open` opens the same storage each time, as another process would. */
export function describeCommandStore(name: string, open: () => OpenedStore): void {
  describe(`${name} as a store of commands`, () => {
    let store: OpenedStore;
    let other: OpenedStore;
    beforeEach(() => {
      store = open();
      other = open();
    });
    afterEach(() => {
      store.close();
      other.close();
    });
    testQueue(
      () => store,
      () => other,
    );
    testSendings(() => store);
    testAnswers(() => store);
  });
}

function aCommand(fields: Partial<NewCommand> = {}): NewCommand {
  return { ident: IMEI, text: 'getinfo', addressed: false, maxAttempts: 3, queuedAt: T0, expiresAt: T0 + HOUR_MS, ...fields };
}

/** Sends a command, the time given in seconds behind `T0`. */
function send({ commands }: OpenedStore, { id }: Command, seconds: number, sessionId = SESSION): boolean {
  return commands.beginSendings([{ id, sessionId, protocol: 'teltonika', at: T0 + seconds * 1_000 }]).has(id);
}

/** Commits answers, as the book does with the frames it applies. */
function answer(store: OpenedStore, ...answers: (Partial<CommandAnswer> & { seq: number })[]): void {
  store.commit({
    ...noChanges(),
    answers: answers.map(({ seq, ...fields }) => ({
      sessionId: SESSION,
      answeredBy: `ab12/${seq}`,
      at: T0 + seq * 1_000,
      text: `answer ${seq}`,
      refused: false,
      ...fields,
    })),
  });
}

function testQueue(current: () => OpenedStore, another: () => OpenedStore): void {
  test('a queued command comes back whole, for others too, and in the order in which it was queued', () => {
    const { commands } = current();
    const first = commands.add(aCommand({ addressed: true }));
    const second = another().commands.add(aCommand({ ident: 'other', text: 'getver' }));
    expect(first).toEqual({
      ...aCommand({ addressed: true }),
      id: first.id,
      status: 'queued',
      attempts: 0,
      sentAt: null,
      sessionId: null,
      protocol: null,
      answeredAt: null,
      result: null,
    });
    expect(second.id).toBeGreaterThan(first.id);
    expect(another().commands.byId(first.id)).toEqual(first);
    expect(commands.byId(second.id + 1)).toBeNull();
    expect(commands.open(0, 10)).toEqual([first, second]);
    expect(commands.open(0, 1)).toEqual([first]);
    expect(commands.open(first.id, 10)).toEqual([second]);
  });

  test('commands queued by anybody are noticed; the sendings and answers of this process are not taken for new ones', () => {
    const store = current();
    const before = store.commands.version();
    expect(store.commands.version()).toBe(before);
    const command = another().commands.add(aCommand());
    const noticed = store.commands.version();
    expect(noticed).not.toBe(before);
    send(store, command, 1);
    answer(store, { seq: 2 });
    expect(store.commands.version()).toBe(noticed);
    store.commands.add(aCommand());
    expect(store.commands.version()).not.toBe(noticed);
  });

  test('lists begin with the newest, page by page, filtered by device and status', () => {
    const store = current();
    const { commands } = store;
    const [a, b, c] = ['a', 'b', 'A'].map((ident) => commands.add(aCommand({ ident }))) as [Command, Command, Command];
    expect([commands.firstOpenOf('A'), commands.firstOpenOf('b'), commands.firstOpenOf('c')]).toEqual([a.id, b.id, null]);
    commands.fail(b.id, 'because');
    expect(commands.firstOpenOf('b')).toBeNull();
    const ids = (filter: Partial<Parameters<CommandStore['list']>[0]>) =>
      commands.list({ most: 9, ...filter }).map(({ id }) => id);
    expect(ids({})).toEqual([c.id, b.id, a.id]);
    expect(ids({ ident: 'a' })).toEqual([c.id, a.id]);
    expect(ids({ most: 1, beforeId: c.id })).toEqual([b.id]);
    expect(ids({ status: 'failed' })).toEqual([b.id]);
    expect(commands.counts()).toEqual({ queued: 2, sent: 0, answered: 0, expired: 0, failed: 1 });
  });
}

function testSendings(current: () => OpenedStore): void {
  test('a sending is counted while the command is open, has attempts left and is not expired', () => {
    const store = current();
    const command = store.commands.add(aCommand({ maxAttempts: 2 }));
    expect(send(store, command, 1)).toBe(true);
    expect(store.commands.byId(command.id)).toMatchObject({
      status: 'sent',
      attempts: 1,
      sentAt: T0 + 1_000,
      sessionId: SESSION,
      protocol: 'teltonika',
    });
    expect(send(store, command, 2, 'bb')).toBe(true);
    expect(send(store, command, 3, 'cc')).toBe(false);
    expect(store.commands.byId(command.id)).toMatchObject({ attempts: 2, sessionId: 'bb' });
    expect(send(store, store.commands.add(aCommand()), HOUR_MS / 1_000)).toBe(false);
    const failed = store.commands.add(aCommand());
    store.commands.fail(failed.id, 'no such command');
    expect(send(store, failed, 1)).toBe(false);
    expect(store.commands.byId(failed.id)).toMatchObject({ status: 'failed', result: 'no such command' });
  });

  test('what is not answered in time expires, but not while an answer may still come', () => {
    const store = current();
    const { commands } = store;
    const end = T0 + HOUR_MS;
    const [queued, sent, late] = [commands.add(aCommand()), commands.add(aCommand()), commands.add(aCommand())];
    const young = commands.add(aCommand({ expiresAt: end + 1 }));
    send(store, sent, 1);
    send(store, late, 3_590);
    expect(commands.expire(end - 1, end, 9)).toEqual([]);
    expect(commands.expire(end, end - 60_000, 1)).toEqual([queued.id]);
    expect(commands.expire(end, end - 60_000, 9)).toEqual([sent.id]);
    expect(commands.expire(end, end - 60_000, 9)).toEqual([]);
    expect(commands.byId(sent.id)).toMatchObject({ status: 'expired', attempts: 1 });
    expect(commands.open(0, 9).map(({ id }) => id)).toEqual([late.id, young.id]);
  });

  test('what has ended is forgotten after a time, what is open never', () => {
    const { commands } = current();
    const [open, ended] = [commands.add(aCommand()), commands.add(aCommand())];
    commands.fail(ended.id, 'because');
    commands.forget(ended.expiresAt, 9);
    expect(commands.byId(ended.id)).not.toBeNull();
    commands.forget(ended.expiresAt + 1, 9);
    expect(commands.byId(ended.id)).toBeNull();
    expect(commands.byId(open.id)).not.toBeNull();
    expect(commands.add(aCommand()).id).toBeGreaterThan(ended.id);
  });
}

function testAnswers(current: () => OpenedStore): void {
  test('an answer settles the command that its session carried, as answered or refused', () => {
    const store = current();
    const [first, second, elsewhere] = [aCommand(), aCommand(), aCommand()].map((each) => store.commands.add(each)) as [
      Command,
      Command,
      Command,
    ];
    send(store, elsewhere, 0, 'bb');
    send(store, first, 1);
    answer(store, { seq: 2 });
    send(store, second, 3);
    answer(store, { seq: 4, refused: true, text: 'refused' });
    expect(store.commands.byId(first.id)).toMatchObject({
      status: 'answered',
      answeredAt: T0 + 2_000,
      result: 'answer 2',
    });
    expect(store.commands.byId(second.id)).toMatchObject({ status: 'failed', answeredAt: T0 + 4_000, result: 'refused' });
    expect(store.commands.byId(elsewhere.id)).toMatchObject({ status: 'sent', result: null });
  });

  test('the same frame settles once, also where another command waits meanwhile', () => {
    const store = current();
    const [first, second] = [store.commands.add(aCommand()), store.commands.add(aCommand())];
    send(store, first, 1);
    answer(store, { seq: 2 });
    send(store, second, 3);
    answer(store, { seq: 2 });
    expect(store.commands.byId(first.id)).toMatchObject({ status: 'answered', result: 'answer 2' });
    expect(store.commands.byId(second.id)).toMatchObject({ status: 'sent', result: null });
    answer(store, { seq: 4 }, { seq: 5 }, { seq: 6 });
    expect(store.commands.byId(first.id)?.result).toBe('answer 2');
    expect(store.commands.byId(second.id)?.result).toBe('answer 4');
  });

  test('an answer that came before the last sending belongs to the one before, and a late one still counts', () => {
    const store = current();
    const [silent, next] = [store.commands.add(aCommand()), store.commands.add(aCommand())];
    send(store, silent, 1);
    store.commands.fail(silent.id, 'not answered');
    send(store, next, 10);
    answer(store, { seq: 9 });
    expect(store.commands.byId(silent.id)).toMatchObject({ status: 'answered', result: 'answer 9' });
    expect(store.commands.byId(next.id)).toMatchObject({ status: 'sent' });
  });

  test('an answer of a session that carried nothing settles nothing', () => {
    const store = current();
    const command = store.commands.add(aCommand());
    answer(store, { seq: 1 });
    expect(store.commands.byId(command.id)).toEqual(command);
  });
}
