import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { INSTANCE_HEADER } from './admin-address.ts';
import { openAdmin, type Admin, type Feed } from './admin.ts';
import { createLogger } from './logger.ts';
import { Metrics } from './metrics.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
let admin: Admin | undefined;
let missing: string | null = null;

async function open(feeds: Record<string, Feed> = {}): Promise<(path: string) => Promise<Response>> {
  const readiness = [{ name: 'spool', missing: () => missing }];
  const opened = await openAdmin({ host: '127.0.0.1', port: 0 }, { readiness, metrics: new Metrics('1'), logger, feeds });
  admin = opened;
  return (path) => fetch(`http://127.0.0.1:${opened.port}${path}`);
}

afterEach(async () => {
  await admin?.close();
  admin = undefined;
  missing = null;
});

test('/livez answers', async () => {
  const get = await open();
  expect((await get('/livez')).status).toBe(200);
});

test('/readyz says why the gateway is not ready', async () => {
  const get = await open();
  expect(await (await get('/readyz')).json()).toEqual({ ready: true, reasons: [] });
  missing = 'the spool is full';
  const response = await get('/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ ready: false, reasons: [{ check: 'spool', reason: 'the spool is full' }] });
});

test('/metrics is what Prometheus reads', async () => {
  const get = await open();
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toContain('odograph_build_info');
});

test('a feed is streamed until the reader leaves, or says why there is none', async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const get = await open({
    '/bytes': (query, host) => {
      asked.push(host, ...query.getAll('of'));
      if (query.has('not')) return { status: 403, error: 'not today' };
      const stream = new Readable({ read: () => undefined, destroy: (error, done) => (end(), done(error)) });
      stream.push('hello');
      return { type: 'application/octet-stream', stream };
    },
  });
  const refused = await get('/bytes?not');
  expect([refused.status, await refused.json()]).toEqual([403, { error: 'not today' }]);
  const { body, headers } = await get('/bytes?of=a&of=b');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('hello');
  expect(headers.get('content-type')).toBe('application/octet-stream');
  await reader.cancel();
  await ended;
  expect(asked).toEqual(['127.0.0.1', '127.0.0.1', 'a', 'b']);
});

test('a taken port is an error with a code', async () => {
  await open();
  const { port } = admin as Admin;
  const again = openAdmin({ host: '127.0.0.1', port }, { readiness: [], metrics: new Metrics('1'), logger, feeds: {} });
  await expect(again).rejects.toMatchObject({ code: 'listener_bind' });
});

test('a question is answered to whoever means this gateway; a wrong one is the fault of the asker', async () => {
  const answers = { double: (question: unknown) => ({ twice: z.number().parse(question) * 2 }) };
  admin = await openAdmin({ host: '127.0.0.1', port: 0 }, { readiness: [], metrics: new Metrics('1'), answers, logger });
  const { port, instance } = admin;
  const ask = (body: string, to = instance) =>
    fetch(`http://127.0.0.1:${port}/ask/double`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [INSTANCE_HEADER]: to },
      body,
    });
  expect(await (await ask('21')).json()).toEqual({ twice: 42 });
  expect((await ask('21', 'other')).status).toBe(409);
  expect((await ask('"x"')).status).toBe(400);
  expect((await ask('{')).status).toBe(400);
});
