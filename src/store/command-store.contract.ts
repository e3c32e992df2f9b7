/**
 * What every store of commands must do, as tests. An implementation calls `describeCommandStore` from its own test file. Answers
 * come with the commits of the book.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Awaitable } from '#model/awaitable';
import type { Command, NewCommand } from '#model/command';
import type { CommandAnswer, CommandFilter, CommandStore } from './command-store.ts';
import { IMEI, noChanges, T0 } from './samples.ts';
import type { BookStore } from './tracker-store.ts';

/** A store as one process has it open. */
export interface OpenedStore extends Pick<BookStore, 'commit'> {
  commands: CommandStore;
  close(): Awaitable<void>;
}

/** Opens one and the same storage, empty at first, each time as another process would. */
export interface CommandFixture {
  open(): Awaitable<OpenedStore>;
  dispose(): Awaitable<void>;
}

const HOUR_MS = 3_600_000;
const SESSION = '00000000000000aa';

/** Runs the contract over one implementation. */
export function describeCommandStore(name: string, makeFixture: () => Awaitable<CommandFixture>): void {
  describe(`${name} as a store of commands`, () => {
    let fixture: CommandFixture;
    let store: OpenedStore;
    let other: OpenedStore;
    beforeEach(async () => {
      fixture = await makeFixture();
      store = await fixture.open();
      other = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await fixture.dispose();
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
async function send({ commands }: OpenedStore, { id }: Command, seconds: number, sessionId = SESSION): Promise<boolean> {
  return (await commands.beginSendings([{ id, sessionId, protocol: 'teltonika', at: T0 + seconds * 1_000 }])).has(id);
}

/** Commits answers, as the book does with the frames it applies. */
async function answer(store: OpenedStore, ...answers: (Partial<CommandAnswer> & { seq: number })[]): Promise<void> {
  await store.commit({
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
  test('a queued command comes back whole, for others too, and in the order in which it was queued', async () => {
    const { commands } = current();
    const first = await commands.add(aCommand({ addressed: true }));
    const second = await another().commands.add(aCommand({ ident: 'other', text: 'getver' }));
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
    expect(await another().commands.byId(first.id)).toEqual(first);
    expect(await commands.byId(second.id + 1)).toBeNull();
    expect(await commands.open(0, 10)).toEqual([first, second]);
    expect(await commands.open(0, 1)).toEqual([first]);
    expect(await commands.open(first.id, 10)).toEqual([second]);
  });

  test('commands queued by anybody are noticed; the sendings and answers of this process are not taken for new ones', async () => {
    const store = current();
    const before = await store.commands.version();
    expect(await store.commands.version()).toBe(before);
    const command = await another().commands.add(aCommand());
    const noticed = await store.commands.version();
    expect(noticed).not.toBe(before);
    await send(store, command, 1);
    await answer(store, { seq: 2 });
    expect(await store.commands.version()).toBe(noticed);
    await store.commands.add(aCommand());
    expect(await store.commands.version()).not.toBe(noticed);
  });

  test('lists begin with the newest, page by page, filtered by device and status', async () => {
    const store = current();
    const { commands } = store;
    const queue = async (ident: string): Promise<Command> => commands.add(aCommand({ ident }));
    const [a, b, c] = [await queue('a'), await queue('b'), await queue('A')];
    expect([await commands.firstOpenOf('A'), await commands.firstOpenOf('b'), await commands.firstOpenOf('c')]).toEqual([
      a.id,
      b.id,
      null,
    ]);
    await commands.fail(b.id, 'because');
    expect(await commands.firstOpenOf('b')).toBeNull();
    const ids = async (filter: Partial<CommandFilter>): Promise<number[]> =>
      (await commands.list({ most: 9, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual([c.id, b.id, a.id]);
    expect(await ids({ ident: 'a' })).toEqual([c.id, a.id]);
    expect(await ids({ most: 1, beforeId: c.id })).toEqual([b.id]);
    expect(await ids({ status: 'failed' })).toEqual([b.id]);
    expect(await commands.counts()).toEqual({ queued: 2, sent: 0, answered: 0, expired: 0, failed: 1 });
  });
}

function testSendings(current: () => OpenedStore): void {
  test('a sending is counted while the command is open, has attempts left and is not expired', async () => {
    const store = current();
    const command = await store.commands.add(aCommand({ maxAttempts: 2 }));
    expect(await send(store, command, 1)).toBe(true);
    expect(await store.commands.byId(command.id)).toMatchObject({
      status: 'sent',
      attempts: 1,
      sentAt: T0 + 1_000,
      sessionId: SESSION,
      protocol: 'teltonika',
    });
    expect(await send(store, command, 2, 'bb')).toBe(true);
    expect(await send(store, command, 3, 'cc')).toBe(false);
    expect(await store.commands.byId(command.id)).toMatchObject({ attempts: 2, sessionId: 'bb' });
    expect(await send(store, await store.commands.add(aCommand()), HOUR_MS / 1_000)).toBe(false);
    const failed = await store.commands.add(aCommand());
    await store.commands.fail(failed.id, 'no such command');
    expect(await send(store, failed, 1)).toBe(false);
    expect(await store.commands.byId(failed.id)).toMatchObject({ status: 'failed', result: 'no such command' });
  });

  test('what is not answered in time expires, but not while an answer may still come', async () => {
    const store = current();
    const { commands } = store;
    const end = T0 + HOUR_MS;
    const [queued, sent, late] = [
      await commands.add(aCommand()),
      await commands.add(aCommand()),
      await commands.add(aCommand()),
    ];
    const young = await commands.add(aCommand({ expiresAt: end + 1 }));
    await send(store, sent, 1);
    await send(store, late, 3_590);
    expect(await commands.expire(end - 1, end, 9)).toEqual([]);
    expect(await commands.expire(end, end - 60_000, 1)).toEqual([queued.id]);
    expect(await commands.expire(end, end - 60_000, 9)).toEqual([sent.id]);
    expect(await commands.expire(end, end - 60_000, 9)).toEqual([]);
    expect(await commands.byId(sent.id)).toMatchObject({ status: 'expired', attempts: 1 });
    expect((await commands.open(0, 9)).map(({ id }) => id)).toEqual([late.id, young.id]);
  });

  test('what has ended is forgotten after a time, what is open never', async () => {
    const { commands } = current();
    const [open, ended] = [await commands.add(aCommand()), await commands.add(aCommand())];
    await commands.fail(ended.id, 'because');
    await commands.forget(ended.expiresAt, 9);
    expect(await commands.byId(ended.id)).not.toBeNull();
    await commands.forget(ended.expiresAt + 1, 9);
    expect(await commands.byId(ended.id)).toBeNull();
    expect(await commands.byId(open.id)).not.toBeNull();
    expect((await commands.add(aCommand())).id).toBeGreaterThan(ended.id);
  });
}

function testAnswers(current: () => OpenedStore): void {
  test('an answer settles the command that its session carried, as answered or refused', async () => {
    const store = current();
    const [first, second, elsewhere] = [
      await store.commands.add(aCommand()),
      await store.commands.add(aCommand()),
      await store.commands.add(aCommand()),
    ];
    await send(store, elsewhere, 0, 'bb');
    await send(store, first, 1);
    await answer(store, { seq: 2 });
    await send(store, second, 3);
    await answer(store, { seq: 4, refused: true, text: 'refused' });
    expect(await store.commands.byId(first.id)).toMatchObject({
      status: 'answered',
      answeredAt: T0 + 2_000,
      result: 'answer 2',
    });
    expect(await store.commands.byId(second.id)).toMatchObject({ status: 'failed', answeredAt: T0 + 4_000, result: 'refused' });
    expect(await store.commands.byId(elsewhere.id)).toMatchObject({ status: 'sent', result: null });
  });

  test('the same frame settles once, also where another command waits meanwhile', async () => {
    const store = current();
    const [first, second] = [await store.commands.add(aCommand()), await store.commands.add(aCommand())];
    await send(store, first, 1);
    await answer(store, { seq: 2 });
    await send(store, second, 3);
    await answer(store, { seq: 2 });
    expect(await store.commands.byId(first.id)).toMatchObject({ status: 'answered', result: 'answer 2' });
    expect(await store.commands.byId(second.id)).toMatchObject({ status: 'sent', result: null });
    await answer(store, { seq: 4 }, { seq: 5 }, { seq: 6 });
    expect((await store.commands.byId(first.id))?.result).toBe('answer 2');
    expect((await store.commands.byId(second.id))?.result).toBe('answer 4');
  });

  test('an answer that came before the last sending belongs to the one before, and a late one still counts', async () => {
    const store = current();
    const [silent, next] = [await store.commands.add(aCommand()), await store.commands.add(aCommand())];
    await send(store, silent, 1);
    await store.commands.fail(silent.id, 'not answered');
    await send(store, next, 10);
    await answer(store, { seq: 9 });
    expect(await store.commands.byId(silent.id)).toMatchObject({ status: 'answered', result: 'answer 9' });
    expect(await store.commands.byId(next.id)).toMatchObject({ status: 'sent' });
  });

  test('an answer of a session that carried nothing settles nothing', async () => {
    const store = current();
    const command = await store.commands.add(aCommand());
    await answer(store, { seq: 1 });
    expect(await store.commands.byId(command.id)).toEqual(command);
  });
}
