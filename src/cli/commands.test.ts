import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '#model/command';
import { aLiveness, noChanges } from '../store/samples.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/store.ts';
import { odograph, type Ran } from './cli-fixture.ts';

const IMEI = '356307042441013';
const STRANGER = '352094083025970';
const LISTENERS = 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]';
let dir = '';
let store: SqliteStore;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-commands-'));
  store = openSqliteStore(join(dir, 'odograph.sqlite'));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const commands = (...words: string[]): Promise<Ran> => odograph('commands', ...words, '--data-dir', dir, '--set', LISTENERS);

const register = (...words: string[]): Promise<Ran> =>
  odograph('trackers', 'register', ...words, '--data-dir', dir, '--set', LISTENERS);

async function json<Result>(...words: string[]): Promise<Result> {
  const { code, out, err } = await commands(...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Result;
}

async function hear(ident: string, fields: Parameters<typeof aLiveness>[1] = {}): Promise<void> {
  await store.commit({ ...noChanges(), heard: [aLiveness(ident, fields)] });
}

/** What the gateway does with a command, and the device answers. */
async function carry(id: number, text: string, refused = false): Promise<void> {
  const at = Date.now();
  store.commands.beginSendings([{ id, sessionId: `s${id}`, protocol: 'teltonika', at }]);
  const answer = { sessionId: `s${id}`, answeredBy: `ab/${id}`, at: at + 1_000, text, refused };
  await store.commit({ ...noChanges(), answers: [answer] });
}

describe('commands send', () => {
  test('queues for the ident under which a tracker was heard last, by whatever name it is called', async () => {
    await register('WF0AXXWPMAJB43745', '-p', 'targa', '--foreign-id', IMEI, '--serial', STRANGER);
    await hear(IMEI, { lastFrameAt: 2_000 });
    await hear(STRANGER, { lastFrameAt: 1_000 });
    for (const name of ['WF0AXXWPMAJB43745', STRANGER]) {
      const sent = await json<Command>('send', name, 'getinfo');
      expect(sent).toMatchObject({ ident: IMEI, text: 'getinfo', status: 'queued', maxAttempts: 3, addressed: false });
      expect(sent.expiresAt - sent.queuedAt).toBe(24 * 3_600_000);
      expect(store.commands.byId(sent.id)).toMatchObject({ ident: IMEI, status: 'queued' });
    }
    const options = ['--expires', '5m', '--attempts', '1', '--addressed'];
    const special = await json<Command>('send', IMEI, 'setdigout 1', ...options);
    expect(special).toMatchObject({ text: 'setdigout 1', maxAttempts: 1, addressed: true });
    expect(special.expiresAt - special.queuedAt).toBe(300_000);
  });

  test('queues for an ident nobody registered, once it was heard', async () => {
    await hear(STRANGER);
    expect(await json('send', STRANGER, 'getver')).toMatchObject({ ident: STRANGER });
  });

  test('queues for a registered tracker that was never heard, and says so', async () => {
    await register('WF0AXXWPMAJB43745', '-p', 'targa', '--foreign-id', IMEI);
    const { code, err } = await commands('send', 'WF0AXXWPMAJB43745', 'getinfo');
    expect([code, err]).toEqual([0, expect.stringContaining(`waits for a login as ${IMEI}`)]);
  });

  test('a name nobody has, and one that several have, end with 1 and queue nothing', async () => {
    const { code, err } = await commands('send', 'nobody', 'getinfo');
    expect([code, err]).toEqual([1, expect.stringMatching(/no tracker is called "nobody".*tracker_unknown/)]);
    await register('WF0AXXWPMAJB43745', '-p', 'targa', '--serial', 'S1');
    await register('WF0AXXWPMAJB43746', '-p', 'cartrack', '--serial', 'S1');
    const several = await commands('send', 'S1', 'getinfo');
    expect([several.code, several.err]).toEqual([1, expect.stringContaining('several trackers')]);
    expect(store.commands.list({ most: 9 })).toEqual([]);
  });

  test('a protocol without commands, and a text it cannot write, end with 1', async () => {
    await hear(STRANGER, { protocol: 'astra-telematics' });
    const mute = await commands('send', STRANGER, 'getinfo');
    expect([mute.code, mute.err]).toEqual([1, expect.stringMatching(/astra-telematics has no commands.*command_unsupported/)]);
    await hear(IMEI);
    const foreign = await commands('send', IMEI, 'getinfó');
    expect([foreign.code, foreign.err]).toEqual([1, expect.stringContaining('command_unsupported')]);
    await register('WBA12345678901234', '-p', 'bmw');
    expect((await commands('send', 'WBA12345678901234', 'getinfo')).err).toContain('command_unsupported');
  });

  test('waits for the answer, and prints nothing else', async () => {
    await hear(IMEI);
    const running = commands('send', IMEI, 'getinfo', '--wait', '20s');
    await expect.poll(() => store.commands.list({ most: 1 })[0]?.id).toBeGreaterThan(0);
    await carry(store.commands.list({ most: 1 })[0]?.id ?? 0, 'RTC:2026');
    expect(await running).toMatchObject({ code: 0, out: 'RTC:2026\n' });
  });

  test('a refusal ends with 1, a wait in vain with 69 and the reason', async () => {
    await hear(IMEI);
    const running = commands('send', IMEI, 'getinfo', '--wait', '20s', '--json');
    await expect.poll(() => store.commands.list({ most: 1 })[0]?.id).toBeGreaterThan(0);
    await carry(store.commands.list({ most: 1 })[0]?.id ?? 0, 'refused by the device', true);
    const refused = await running;
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('failed: refused by the device')]);
    expect(JSON.parse(refused.out)).toMatchObject({ status: 'failed' });
    const vain = await commands('send', IMEI, 'getinfo', '--wait', '1s');
    expect([vain.code, vain.err]).toEqual([69, expect.stringMatching(/is not answered yet, it waits for/)]);
  });

  test.each([
    ['--expires', 'soon'],
    ['--expires', '0s'],
    ['--wait', '2h'],
    ['--attempts', '0'],
  ])('%s %s is a wrong command line', async (...words) => {
    expect((await commands('send', IMEI, 'getinfo', ...words)).code).toBe(64);
  });
});

describe('commands list and show', () => {
  test('show answers, and what is still waited for', async () => {
    await hear(IMEI, { lastFrameAt: Date.UTC(2026, 2, 1, 12) });
    const first = await json<Command>('send', IMEI, 'getver');
    const second = await json<Command>('send', IMEI, 'getinfo');
    const third = await json<Command>('send', IMEI, 'getgps');
    await carry(first.id, 'Ver:03.27\nMod:13');
    const { out } = await commands('list');
    expect(out).toMatch(new RegExp(`^ *${first.id} .* getver .* answered .* 1  Ver:03.27$`, 'm'));
    expect(out).toMatch(new RegExp(`^ *${third.id} .* queued .* waits for command ${second.id} of the same device$`, 'm'));
    const listed = await json<{ id: number; waitsFor: string }[]>('list', '--ident', IMEI);
    expect(listed.map(({ id }) => id)).toEqual([third.id, second.id, first.id]);
    expect(listed.map(({ waitsFor }) => waitsFor)).toEqual([`command ${second.id} of the same device`, expect.any(String), '']);
    expect(await json('list', '--status', 'answered')).toMatchObject([{ id: first.id, result: 'Ver:03.27\nMod:13' }]);
    expect(await json('list', '--ident', '7')).toEqual([]);
    expect((await commands('list', '-n', '1')).err).toContain(`--before ${third.id}`);
    expect(await json('list', '--before', String(second.id))).toMatchObject([{ id: first.id }]);

    expect((await commands('show', String(first.id))).out).toMatch(/^status +answered$[^]*^Ver:03.27\nMod:13$/m);
    expect(await json('show', String(third.id))).toMatchObject({ status: 'queued', attempts: 0, result: null });
  });

  test('a number that no command has ends with 1', async () => {
    const { code, err } = await commands('show', '77');
    expect([code, err]).toEqual([1, expect.stringContaining('command_unknown')]);
  });
});
