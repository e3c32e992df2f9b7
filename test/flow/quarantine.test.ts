/** Frames that were refused and kept: seen by their company and whoever runs the gateway, and tried again once their codec is mended. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODECS } from '#protocols/all';
import { codecRegistry } from '#protocols/registry';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { bug, lines } from '../support/lines-codec.ts';
import { sumOf } from '../support/metrics.ts';
import { PlainClient } from '../support/plain-client.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { until } from '../support/waiting.ts';

interface Shown {
  id: string;
  code: string;
  detail: string;
  state: string;
  is_waiting: boolean;
  frame_hex: string;
  tracker: { oid: string } | null;
  last_retry: { result: string; code: string | null; new_messages: number } | null;
}
interface Page {
  items: Shown[];
  next_cursor: string | null;
}

const LINES = '/v1/quarantine?protocol=lines';
const FRAMES = ['>poison 1\n', '>poison 2\n', '>poison 3\n'];
const IMEI = '356307042441013';
const dataDir = newDataDir();
let gateway: RunningGateway;
let oid: string;
let otherKey: string;

beforeAll(async () => {
  bug.ill = 'says nonsense';
  gateway = await RunningGateway.start(
    {
      listeners: [
        { name: 'liners', host: '127.0.0.1', port: 0, protocols: ['lines'] },
        { name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'] },
      ],
      providers: { astrata: { protocols: ['lines', 'teltonika'] } },
      // Until it is asked for, nothing leaves the spool.
      clickhouse: { batchAgeMs: 60_000 },
    },
    dataDir,
    codecRegistry([...CODECS.values(), lines]),
  );
  const request = {
    tracker_id: IMEI,
    provider: 'astrata',
    type: 'obd',
    vehicle_type: 'car',
    object_id: { license_plate: '6666KKK', make: 'Honda', model: 'Civic', serial_number: 'liner' },
  };
  const made = await gateway.ask('POST', '/v1/trackers/register', request);
  oid = (made.body as { oid: string }).oid;
  await gateway.ask('POST', '/v1/companies', { oid: 'other', name: 'Other' });
  const key = await gateway.ask('POST', '/v1/api-keys', { name: 'other', role: 'admin', company_oid: 'other' });
  otherKey = (key.body as { secret: string }).secret;
  const client = await PlainClient.connect(gateway.port('liners'));
  client.say(Buffer.from('>good\n'), ...FRAMES.map((frame) => Buffer.from(frame)));
  await client.hear(1 + FRAMES.length);
  client.leave();
  // A frame whose checksum never holds is taken in at the third time, so that what is behind it gets through.
  const box = await PlainClient.connect(gateway.port());
  box.say(encodeLogin(IMEI), ...[1, 2, 3].map(() => spoiled()));
  await until('the spoiled frame is kept', () =>
    gateway.gateway.ledger.snapshot().some(({ protocol }) => protocol === 'teltonika'),
  );
  box.leave();
}, 60_000);
afterAll(async () => {
  Object.assign(bug, { ill: 'none', registered: true, decodes: 0 });
  await gateway.remove();
});

/** A frame with a wrong checksum. */
function spoiled(): Buffer {
  const fix = { lat: 40.4, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 40, courseDeg: 0, satellites: 11 };
  const frame = Buffer.from(encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 5, 15), fix, io: [] }] }));
  frame.writeUInt8((frame.at(-1) ?? 0) ^ 0xff, frame.length - 1);
  return frame;
}

const get = async <Body>(path: string): Promise<Body> => (await gateway.ask('GET', path)).body as Body;
const post = async <Body>(path: string, body: object = {}): Promise<Body> =>
  (await gateway.ask('POST', path, body)).body as Body;
const retryOne = (id: string) =>
  post<{ result: string; code: string | null; new_messages: number }>(`/v1/quarantine/${id}/retry`);
async function asOther(method: string, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.apiPort}${path}`, {
    method,
    headers: { 'x-api-key': otherKey },
  });
  return { status: response.status, body: await response.json() };
}
const textOf = ({ frame_hex: hex }: Shown): string => Buffer.from(hex, 'hex').toString();
const poisoned = (): Promise<{ text: string }[]> =>
  gateway.rows("SELECT record_id AS text FROM odograph.messages WHERE transport = 'replay'");
const file = (name: string): string => join(dataDir, name);
/** The command line has no codec of lines, and would refuse a configuration that names it. */
const config = (): string[] => ['--config', file('cli.json')];

describe('frames in quarantine', () => {
  test('are shown while they wait in the spool, and once they are stored, with their reason and whose they are', async () => {
    await until('ClickHouse is reached', async () => (await gateway.ask('GET', '/v1/quarantine')).status === 200);
    const waiting = await get<Page>('/v1/quarantine');
    // Each time that it came was kept.
    expect(waiting.items).toHaveLength(3);
    for (const item of waiting.items)
      expect(item).toMatchObject({ is_waiting: true, code: 'wire_crc', tracker: { oid }, state: 'open' });
    expect(await retryOne(waiting.items[0]?.id ?? '')).toMatchObject({ name: 'QuarantineNotFound' });
    await gateway.stored();
    const spoiledOnes = await get<Page>('/v1/quarantine?code=wire_crc');
    expect(spoiledOnes.items).toEqual(waiting.items.map((item) => ({ ...item, is_waiting: false })));
    expect(await retryOne(waiting.items[0]?.id ?? '')).toMatchObject({ result: 'failed', code: 'wire_crc' });
    const { items } = await get<Page>(LINES);
    expect(items.map(textOf).sort()).toEqual(FRAMES);
    for (const item of items)
      expect(item).toMatchObject({ code: 'bug_invariant', state: 'open', is_waiting: false, last_retry: null });
    expect(items.map(({ tracker }) => tracker?.oid)).toEqual([oid, oid, oid]);
  });

  test('come page by page, and by what is asked of them', async () => {
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await get<Page>(`${LINES}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(...page.items.map(textOf));
      cursor = page.next_cursor;
    }
    expect(pages.sort()).toEqual(FRAMES);
    const count = async (query: string): Promise<number> => (await get<Page>(`/v1/quarantine?${query}`)).items.length;
    expect(await count(`tracker=${oid}&listener=liners&peer=127.0.0.1&code=bug_invariant&protocol=lines&ident=liner`)).toBe(3);
    for (const none of [
      'tracker=nobody',
      'listener=x',
      'peer=203.0.113.9',
      'code=decode_range',
      'protocol=bmw',
      'ident=x',
      'state=retried',
    ]) {
      expect([none, await count(none)]).toEqual([none, 0]);
    }
    expect(await count('to=2020-01-01T00:00:00Z')).toBe(0);
    expect(await count('from=2020-01-01T00:00:00Z')).toBe(6);
    expect(await get('/v1/quarantine?cursor=x')).toMatchObject({ http_code: 400 });
  });

  test('are nothing to another company', async () => {
    await gateway.stored();
    const [first] = (await get<Page>(LINES)).items;
    expect(first).toMatchObject({ is_waiting: false });
    expect(await asOther('GET', '/v1/quarantine?state=all')).toEqual({ status: 200, body: { items: [], next_cursor: null } });
    expect((await asOther('GET', `/v1/quarantine/${first?.id}`)).status).toBe(404);
    expect((await asOther('POST', `/v1/quarantine/${first?.id}/retry`)).status).toBe(404);
  });

  test('say why where they fail again, and stay', async () => {
    await gateway.stored();
    const [first] = (await get<Page>(LINES)).items;
    expect(await retryOne(first?.id ?? '')).toMatchObject({ result: 'failed', code: 'bug_invariant', new_messages: 0 });
    const shown = await get<Shown>(`/v1/quarantine/${first?.id}`);
    expect(shown).toMatchObject({ state: 'open', last_retry: { result: 'failed', code: 'bug_invariant' } });
    expect(await poisoned()).toEqual([]);
    expect((await get<Page>(LINES)).items).toHaveLength(3);
  });

  test('are stored once by a codec that is mended, however often they are tried, and then are open no more', async () => {
    await gateway.stored();
    const retries = async (): Promise<number> => sumOf(await gateway.metrics(), 'quarantine_retries_total');
    const before = await retries();
    bug.ill = 'none';
    const [first] = (await get<Page>(LINES)).items;
    const id = first?.id ?? '';
    const twice = await Promise.all([retryOne(id), retryOne(id)]);
    expect(twice.map(({ result, new_messages: count }) => `${result} ${count}`).sort()).toEqual(['duplicate 0', 'stored 1']);
    expect(await poisoned()).toHaveLength(1);
    expect(await get<Shown>(`/v1/quarantine/${id}`)).toMatchObject({ state: 'retried' });
    const all = await post<{ items: { result: string }[] }>('/v1/quarantine/retry', { code: 'bug_invariant' });
    expect(all.items.map(({ result }) => result)).toEqual(['stored', 'stored']);
    expect(await poisoned()).toHaveLength(3);
    expect((await get<Page>(LINES)).items).toEqual([]);
    expect((await get<Page>(`${LINES}&state=retried`)).items).toHaveLength(3);
    const owners = await gateway.rows("SELECT tracker_oid FROM odograph.messages WHERE ident = 'liner' AND tracker_oid != ''");
    expect(owners).toHaveLength(4);
    expect(await retries()).toBe(before + 4);
  });

  test('are listed, shown, tried and exported by the command line, beside the gateway', async () => {
    writeFileSync(file('cli.json'), JSON.stringify({ dataDir: file('data') }));
    const listed = await odograph('quarantine', 'list', '--protocol', 'lines', '--state', 'all', '--json', ...config());
    expect(listed.err).toBe('');
    const { frames } = JSON.parse(listed.out) as { frames: { id: string; hex: string; tracker: { oid: string } }[] };
    expect(frames.map(({ hex }) => Buffer.from(hex, 'hex').toString()).sort()).toEqual(FRAMES);
    const table = await odograph('quarantine', 'list', '--tracker', IMEI, ...config());
    expect(table.out).toContain('wire_crc');
    expect((await odograph('quarantine', 'list', '--code', 'decode_range', ...config())).err).toContain('nothing of this');

    const id = frames[0]?.id ?? '';
    const shown = await odograph('quarantine', 'show', id, ...config());
    expect(shown.out).toContain('3e 70 6f 69 73 6f 6e 20');
    expect((await odograph('quarantine', 'show', 'none', ...config())).code).toBe(1);

    // This command line has no codec of lines.
    const tried = await odograph('quarantine', 'retry', id, ...config());
    expect(tried.code).toBe(1);
    expect(tried.out).toContain('wire_unknown');
    expect((await odograph('quarantine', 'retry', ...config())).code).toBe(64);
    expect((await odograph('quarantine', 'retry', '--all', ...config())).err).toContain('0 stored, 0 duplicate, 3 failed');
    expect(await get<Shown>(`/v1/quarantine/${id}`)).toMatchObject({ state: 'retried' });

    await odograph('quarantine', 'export', '-o', file('frames.jsonl'), '--format', 'jsonl', ...config());
    expect(readFileSync(file('frames.jsonl'), 'utf8').trim().split('\n')).toHaveLength(6);
    const csv = await odograph('quarantine', 'export', '-o', '-', '--format', 'csv', ...config());
    expect(csv.out.split('\n')[0]).toMatch(/^id,received_at,state,code,/);
    expect(csv.out.trim().split('\n')).toHaveLength(7);
    const capture = await odograph('quarantine', 'export', '-o', file('frames.odocap'), ...config());
    expect(capture.err).toContain('6 frames written');
    const replayed = await odograph('replay', file('frames.odocap'), '--json');
    expect(replayed.out).toContain('"frames"');
  });
});
