import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLuhnDigit } from '#model/ident';
import { TestApi } from '../../support/api.ts';

let api: TestApi;
let key: string;
beforeEach(async () => {
  api = await TestApi.open();
  key = await api.keyOf('acme');
});
afterEach(() => api.close());

interface Silent {
  items: { tracker: { oid: string; provider: string }; cause: string; means: string; last_heard: null; findings: object[] }[];
  next_cursor: string | null;
}

async function register(n: number, provider = 'targa'): Promise<string> {
  const body = {
    tracker_id: withLuhnDigit(`35963210${String(n).padStart(6, '0')}`),
    provider,
    type: provider === 'targa' ? 'canbus' : 'obd',
  };
  return (await api.ask('POST', '/v1/trackers/register', { key, body })).body['oid'] as string;
}
const ask = (query: string, as = key) => api.ask('GET', `/v1/trackers/silent?${query}`, { key: as });
const silent = async (query: string) => (await ask(query)).body as unknown as Silent;

test('the silent trackers of the company come page by page, each once, with cause and findings', async () => {
  const oids: string[] = [];
  for (let n = 0; n < 5; n++) oids.push(await register(n));
  const cancelled = await register(5);
  await api.ask('POST', `/v1/trackers/${cancelled}/cancel`, { key });
  const pages = [await silent('limit=2')];
  while (pages.at(-1)?.next_cursor) pages.push(await silent(`limit=2&cursor=${pages.at(-1)?.next_cursor}`));
  expect(pages.map(({ items }) => items.length)).toEqual([2, 2, 1]);
  expect(pages.flatMap(({ items }) => items.map(({ tracker }) => tracker.oid))).toEqual(oids.toSorted());
  expect(pages[0]?.items[0]).toMatchObject({
    cause: expect.any(String) as string,
    means: expect.any(String) as string,
    last_heard: null,
    findings: expect.arrayContaining([expect.objectContaining({ next: expect.any(String) as string })]) as object[],
  });
  expect((await silent('limit=2&cursor=9.zzz')).items).toEqual([]);
});

test('provider and cause choose among them, and another company sees its own alone', async () => {
  const [one, other] = [await register(1), await register(2, 'astrata')];
  const [first] = (await silent('provider=astrata')).items;
  expect((await silent('provider=astrata')).items.map(({ tracker }) => tracker.oid)).toEqual([other]);
  expect((await silent(`cause=${first?.cause}`)).items.map(({ tracker }) => tracker.oid)).toEqual([one, other].toSorted());
  expect((await silent('cause=parked')).items).toEqual([]);
  expect((await ask('for=0s', await api.keyOf('rival'))).body['items']).toEqual([]);
});

test.each(['for=soon', 'for=2', 'for=400d', 'cause=magic', 'cursor=x', 'limit=0', 'since=2h'])(
  '%s is refused in words',
  async (query) => {
    const { status, body } = await ask(query);
    expect([status, body['name']]).toEqual([400, 'ApiAttributeException']);
    const [name] = query.split('=') as [string];
    expect(JSON.stringify(body)).toContain(name);
  },
);

test('the census asks ClickHouse for the kinds and the time asked for, and leaves out what is known', async () => {
  const asked: { sql: string; parameters: Record<string, unknown> }[] = [];
  const row = { protocol: 'teltonika', count: '3', idents: '1', sample: '7', first_at: '1000', last_at: '2000' };
  api.rows = {
    rows: (sql: string, parameters: Record<string, unknown>) => {
      asked.push({ sql, parameters });
      return Promise.resolve([
        { ...row, name: 'vehicle.speed.unheard_of' },
        { ...row, name: 'ignition.state.on' },
      ] as never[]);
    },
  };
  const operator = await api.keyOf('', 'operator');
  const { body } = await api.ask('GET', '/v1/census?kind=signal&since=1h', { key: operator });
  const times = { first_at: '1970-01-01T00:00:01.000Z', last_at: '1970-01-01T00:00:02.000Z' };
  const entry = { kind: 'signal', protocol: 'teltonika', name: 'vehicle.speed.unheard_of', count: 3, idents: 1, sample: '7' };
  expect(body).toEqual({ items: [{ ...entry, ...times }] });
  expect(asked.map(({ parameters }) => parameters['from'])).toEqual([api.now - 3_600_000]);
  expect((await api.ask('GET', '/v1/census?since=forever', { key: operator })).status).toBe(400);
});
