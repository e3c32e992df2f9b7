/** The door that takes plain pushes before the router: it answers as the route does, and leaves it everything else. */
import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayError } from '#errors/gateway-error';
import { openPushDoor } from '../../../src/api/push-door.ts';
import { AddressRanges } from '../../../src/listen/addresses.ts';
import { TestApi } from '../../support/api.ts';

const ROUTER = 418;
const JSON_TYPE: Record<string, string> = { 'content-type': 'application/json' };
const SECRET = 'a-secret-of-this-endpoint';
const EVENT = { specversion: '1.0', id: '1', source: 's', type: 't', subject: 'van-1', time: '2026-03-09T07:14:05Z', data: {} };

/** An API whose endpoints are the same as the other's. */
interface Side {
  api: TestApi;
  paths: Record<'cloudevents' | 'stellantis' | 'proven' | 'html5', string>;
}

interface Asking {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Heard {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

let door: Side;
let route: Side;
let server: Server;
let closeDoor: () => void;
const statuses: number[] = [];
let proxies: AddressRanges | null = null;

/** Opens both sides, and a server with a door whose router answers everything with one status. */
async function open(push: object): Promise<void> {
  [door, route] = [await openSide(push), await openSide(push)];
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(ROUTER).end();
  });
  const { services, failures } = door.api;
  closeDoor = openPushDoor(server, {
    push: services.push,
    report: (error) => failures.push(error),
    answered: (status) => statuses.push(status),
    proxies: { has: (address) => proxies?.has(address) === true },
  }).close;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function close(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await Promise.all([door.api.close(), route.api.close()]);
}

async function openSide(push: object): Promise<Side> {
  const api = await TestApi.open({}, '0', { push });
  const key = await api.keyOf('acme');
  const made = async (protocol: string, proof: object = { kind: 'path' }, fields: object = {}): Promise<string> => {
    const body = { name: protocol, protocol, proof, ...fields };
    return ((await api.ask('POST', '/v1/push-endpoints', { key, body })).body as { path: string }).path;
  };
  const paths = {
    cloudevents: await made('cloudevents'),
    stellantis: await made('stellantis'),
    proven: await made('cloudevents', { kind: 'bearer', secrets: [SECRET] }),
    html5: await made('html5', { kind: 'path' }, { ident: 'page-1' }),
  };
  return { api, paths };
}

/** An event of its own for each name. */
const eventOf = (id: string): string => JSON.stringify({ ...EVENT, id });
const kept = (): number => door.api.spool.stats().committedRecords;

function throughDoor({ path, method = 'POST', headers = JSON_TYPE, body }: Asking): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const length =
      body === undefined || headers['transfer-encoding'] !== undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const asked = ask({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...said } = response.headers;
        resolve({ status: response.statusCode ?? 0, headers: said, body: Buffer.concat(chunks).toString() });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function throughRoute({ path, headers = JSON_TYPE, body = '' }: Asking): Promise<Heard> {
  const response = await route.api.app.inject({ method: 'POST', url: path, headers, payload: Buffer.from(body) });
  const { date: _date, connection: _connection, ...said } = response.headers;
  return {
    status: response.statusCode,
    headers: { ...said, 'content-length': String(said['content-length']) },
    body: response.body,
  };
}

/** What both say to a request to an endpoint, which must be the same. */
async function bothSay(to: keyof Side['paths'] | 'nowhere', body: string, headers = JSON_TYPE): Promise<Heard> {
  const pathOf = ({ paths }: Side): string => (to === 'nowhere' ? '/push/nowhere' : paths[to]);
  const heard = await throughDoor({ path: pathOf(door), body, headers });
  expect(heard).toEqual(await throughRoute({ path: pathOf(route), body, headers }));
  expect(statuses.at(-1)).toBe(heard.status);
  return heard;
}

describe('within its limits', () => {
  beforeAll(() => open({}));
  afterAll(close);

  test('what is taken, taken again, or cannot be read is answered as the route does', async () => {
    const before = kept();
    expect(await bothSay('cloudevents', eventOf('a'))).toMatchObject({ status: 202, body: '{"received":true}' });
    expect(await bothSay('cloudevents', eventOf('a'))).toMatchObject({ status: 202 });
    expect(kept() - before).toBe(1);
    expect((await bothSay('cloudevents', '{"specversion":')).status).toBe(400);
    expect((await bothSay('cloudevents', '[{"specversion":"1.0"}]')).status).toBe(400);
    expect((await bothSay('stellantis', 'no json at all')).status).toBe(200);
    const fix = { id: 'f1', seq: 1, timestamp: 1_770_000_000_000, coords: { latitude: 91, longitude: 2 } };
    const page = await bothSay('html5', JSON.stringify({ batch: 1, fixes: [fix, { id: 'f2' }] }));
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('"rejected":[{') });
    expect((await bothSay('cloudevents', 'x'.repeat(2 ** 20 + 1))).status).toBe(413);
    expect(door.api.failures).toEqual([]);
  });

  test('the same body many times at once lands in the spool, and is known from then on', async () => {
    const before = kept();
    const [path, body] = [door.paths.cloudevents, eventOf('b')];
    const heard = await Promise.all(Array.from({ length: 5 }, () => throughDoor({ path, body })));
    expect(heard.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const after = kept();
    expect(after).toBeGreaterThan(before);
    expect((await throughDoor({ path, body })).status).toBe(202);
    expect(kept()).toBe(after);
  });

  test.each([
    ['another method', { method: 'PUT' }],
    ['a query', { path: '?a=1' }],
    ['a path that goes on', { path: '/more' }],
    ['a token that is no word', { path: '%20' }],
    ['a body that is zipped', { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }],
    ['a body without a length', { headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' } }],
    ['no body', { body: '' }],
    ['a body that is too long', { body: 'x'.repeat(5 * 2 ** 20) }],
    ['a body of no type', { headers: {} }],
    ['a body of a type that is none', { headers: { 'content-type': 'json' } }],
  ])('%s is left to the router', async (what, { path = '', ...asking }: Partial<Asking>) => {
    const before = kept();
    const plain = { path: door.paths.cloudevents, body: eventOf(what) };
    expect((await throughDoor({ ...plain, ...asking, path: plain.path + path })).status).toBe(ROUTER);
    expect(kept()).toBe(before);
    expect((await throughDoor(plain)).status).toBe(202);
  });

  test('what comes through a proxy is left to the router', async () => {
    const plain = { path: door.paths.cloudevents, body: eventOf('c') };
    proxies = new AddressRanges(['127.0.0.0/8']);
    expect((await throughDoor(plain)).status).toBe(ROUTER);
    proxies = null;
    expect((await throughDoor(plain)).status).toBe(202);
  });

  test('a body in pieces is taken whole, and one that breaks off is not taken', async () => {
    const before = kept();
    const { port } = server.address() as AddressInfo;
    const body = eventOf('d');
    const headers = { ...JSON_TYPE, 'content-length': Buffer.byteLength(body) };
    const options = { host: '127.0.0.1', port, path: door.paths.cloudevents, method: 'POST', headers };
    const broken = ask(options);
    broken.on('error', () => undefined);
    broken.write(body.slice(0, 9));
    await once(server, 'request');
    broken.destroy();
    const pieces = ask(options);
    pieces.write(body.slice(0, 9));
    await once(server, 'request');
    pieces.end(body.slice(9));
    const [response] = (await once(pieces, 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(202);
    expect(kept() - before).toBe(1);
  });

  test('a body whose sender has left before the answer is taken all the same, and known when it comes again', async () => {
    const before = kept();
    const { port } = server.address() as AddressInfo;
    const [path, body] = [door.paths.cloudevents, eventOf('e')];
    const { intake } = door.api.services.push;
    const take = intake.take.bind(intake);
    const gone = Promise.withResolvers<void>();
    const taken = new Promise<void>((resolve) => {
      intake.take = async (request) => {
        const outcome = await take(request);
        await gone.promise;
        setImmediate(resolve);
        return outcome;
      };
    });
    const headers = { ...JSON_TYPE, 'content-length': Buffer.byteLength(body) };
    const leaving = ask({ host: '127.0.0.1', port, path, method: 'POST', headers });
    leaving.on('error', () => undefined);
    server.once('request', (_request, response) => response.once('close', () => gone.resolve()));
    leaving.end(body);
    await once(server, 'request');
    leaving.destroy();
    await taken;
    intake.take = take;
    expect(kept() - before).toBe(1);
    expect((await throughDoor({ path, body })).status).toBe(202);
    expect(kept() - before).toBe(1);
  });

  test('a registry that cannot be asked, and a gateway that fails, are answered as the route does', async () => {
    let fails = new Error('not yet');
    for (const { api } of [door, route]) {
      api.services.push.intake.take = async () => {
        throw fails;
      };
    }
    fails = new GatewayError('store_unreachable', 'nobody answers');
    expect(await bothSay('cloudevents', '{}')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    fails = new Error('a bug');
    const failed = await throughDoor({ path: door.paths.cloudevents, body: '{}' });
    expect(failed).toMatchObject({ status: 500, body: expect.stringContaining('ApiInternal') });
    expect(failed.body).not.toContain('a bug');
    expect(door.api.failures).toHaveLength(2);
  });

  test('everything is left to the router once it is closed', async () => {
    closeDoor();
    expect((await throughDoor({ path: door.paths.cloudevents, body: '{}' })).status).toBe(ROUTER);
  });
});

describe('beyond its limits', () => {
  beforeAll(() => open({ failuresPerMinute: 3, requestsPerSecond: 1 }));
  afterAll(close);

  test('what comes too fast is answered as the route does, to each sender in its own status', async () => {
    for (const [to, status] of [
      ['cloudevents', 429],
      ['stellantis', 500],
    ] as const) {
      let heard = await bothSay(to, '{}');
      for (let i = 0; heard.status !== status && i < 20; i++) heard = await bothSay(to, '{}');
      expect(heard).toMatchObject({ status, headers: { 'retry-after': expect.any(String) } });
    }
  });

  test('what proves nothing or leads nowhere is too, until it is left to the router unread', async () => {
    const forged = { ...JSON_TYPE, authorization: `Bearer ${SECRET}x` };
    expect((await bothSay('proven', '{}')).status).toBe(401);
    expect((await bothSay('proven', '{}', forged)).status).toBe(401);
    expect((await bothSay('nowhere', '{}')).status).toBe(404);
    const last = await bothSay('nowhere', '{}');
    expect(last).toMatchObject({ status: 429, body: expect.stringContaining('ApiRateExceeded') });
    expect((await throughDoor({ path: door.paths.cloudevents, body: '{}' })).status).toBe(ROUTER);
  });
});
