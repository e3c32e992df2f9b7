import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newEvidence } from '../lifecycle/evidence.ts';
import { aLiveness, noChanges } from '../store/samples.ts';
import { RedisServer } from '../store/redis/server-fixture.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { odograph, type Ran } from './cli-fixture.ts';

const IMEI = '356307042441013';
const LISTENERS = 'listeners=[{"name":"a","port":1,"protocols":["teltonika"]}]';
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-trackers-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const trackers = (...words: string[]): Promise<Ran> => odograph('trackers', ...words, '--data-dir', dir, '--set', LISTENERS);

async function json(...words: string[]): Promise<unknown> {
  const { code, out } = await trackers(...words, '--json');
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('trackers register', () => {
  test('registers a tracker that list, show and why then find', async () => {
    expect(
      await json('register', IMEI, '-p', 'astrata', '-t', 'obd', '--serial', 'S-77', '--object', 'brand=Opel'),
    ).toMatchObject({
      tracker: { trackerId: IMEI, status: 'pending_for_data', objectId: { serial_number: 'S-77', brand: 'Opel' } },
    });
    expect(await json('list')).toMatchObject([{ trackerId: IMEI, provider: 'astrata', type: 'obd' }]);
    expect(await json('show', 'S-77')).toMatchObject([{ tracker: { trackerId: IMEI }, metres: null, heard: [] }]);
    expect(await json('why', IMEI)).toMatchObject([{ tracker: { trackerId: IMEI }, missingM: 500 }]);
    const { out } = await trackers('why', IMEI);
    expect(out).toContain('500 m still missing');
    expect(await json('why', IMEI, '--set', 'lifecycle.connectMetres=800')).toMatchObject([{ missingM: 800 }]);
  });

  test('has one of cartrack validated with the account of the company, as the API does', async () => {
    const registered = await json('register', '6666KKK', '-p', 'cartrack');
    expect(registered).toMatchObject({
      tracker: { status: 'pending_validation' },
      transitions: [{ to: 'pending' }, { to: 'pending_validation', cause: 'registered on the command line' }],
      next: expect.stringContaining('a running gateway asks cartrack'),
    });
    const store = openSqliteStore(join(dir, 'odograph.sqlite'));
    const { oid } = (registered as { tracker: { oid: string } }).tracker;
    expect(store.documents.document('validations', oid)).toMatchObject({ body: { phase: 'starting' } });
    store.close();
    expect(await json('register', '7777KKK', '-p', 'cartrack', '--later')).toMatchObject({ tracker: { status: 'pending' } });
  });

  test('takes the type for granted where the provider has one', async () => {
    expect(await json('register', IMEI, '-p', 'targa')).toMatchObject({ tracker: { type: 'canbus' } });
    const { code, err } = await trackers('register', IMEI, '-p', 'astrata');
    expect([code, err]).toEqual([64, expect.stringContaining('--type')]);
  });

  test('a tracker that exists, and one that breaks its provider’s rules, end with 1', async () => {
    await trackers('register', IMEI, '-p', 'targa');
    const again = await trackers('register', IMEI, '-p', 'targa');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('tracker_exists')]);
    const wrong = await trackers('register', 'x', '-p', 'targa');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('tracker_invalid')]);
  });

  test.each([
    ['-p', 'nobody'],
    ['-p', 'targa', '--object', 'brand'],
    ['-p', 'targa', '--vehicle-type', 'boat'],
  ])('%s %s is a wrong command line', async (...words) => {
    expect((await trackers('register', IMEI, ...words)).code).toBe(64);
  });
});

describe('trackers list', () => {
  test('filters by provider and state, and pages', async () => {
    await trackers('register', IMEI, '-p', 'targa');
    await trackers('register', IMEI, '-p', 'astrata', '-t', 'obd');
    await trackers('register', 'WBA12345678901234', '-p', 'bmw');
    expect(await json('list', '-p', 'targa')).toHaveLength(1);
    expect(await json('list', '-s', 'pending')).toMatchObject([{ provider: 'bmw' }]);
    const first = (await json('list', '-n', '2')) as { oid: string }[];
    const rest = (await json('list', '-n', '2', '--after', first[1]?.oid ?? '')) as { oid: string }[];
    expect([...first, ...rest].map(({ oid }) => oid)).toEqual(
      ((await json('list')) as { oid: string }[]).map(({ oid }) => oid),
    );
    expect((await trackers('list', '-n', '2')).err).toContain(`--after ${first[1]?.oid}`);
  });

  test('shows what each has driven and when it was heard, and idents nobody registered', async () => {
    const { tracker } = (await json('register', IMEI, '-p', 'targa')) as { tracker: { oid: string } };
    const store = openSqliteStore(join(dir, 'odograph.sqlite'));
    const evidence = newEvidence(null);
    evidence.distance.walk.metres = 321.9;
    const at = Date.UTC(2026, 2, 1, 12);
    await store.commit({
      ...noChanges(),
      evidence: [{ oid: tracker.oid, evidence, ifRevision: 0 }],
      heard: [
        aLiveness(IMEI, { trackerOid: tracker.oid, lastFrameAt: at }),
        aLiveness('352094083025970', { trackerOid: null }),
      ],
    });
    store.close();
    expect((await trackers('list')).out).toMatch(new RegExp(String.raw`^${IMEI} .* 321 .*2026-03-01T12:00:00Z`, 'm'));
    expect(await json('list', '--unregistered')).toMatchObject([{ ident: '352094083025970' }]);
    expect((await trackers('list', '--unregistered')).out).toContain('352094083025970');
    expect((await trackers('show', IMEI)).out).toMatch(/^metres +321$/m);
  });
});

test('a name nobody has ends with 1', async () => {
  for (const command of ['show', 'why']) {
    const { code, err } = await trackers(command, 'nobody');
    expect([code, err]).toEqual([1, expect.stringContaining('tracker_unknown')]);
  }
});

describe('a registry in Redis', () => {
  test('is used by each command, and told from one that is away', async () => {
    const server = await RedisServer.start();
    const redis = ['--set', 'store.kind=redis', '--set', `store.url=${server.url}`, '--set', 'store.timeoutMs=500ms'];
    const registered = await json('register', IMEI, '-p', 'targa', ...redis);
    expect(registered).toMatchObject({ tracker: { trackerId: IMEI } });
    expect(await json('list', ...redis)).toMatchObject([{ trackerId: IMEI }]);
    expect(await json('why', IMEI, ...redis)).toMatchObject([{ missingM: 500 }]);
    expect(await json('list')).toEqual([]);
    await server.dispose();
    const { code, err } = await trackers('list', ...redis);
    expect([code, err]).toEqual([69, expect.stringMatching(/Redis at redis:.* does not answer.*store_unreachable/)]);
  });
});
