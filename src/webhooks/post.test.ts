import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Authority, haveOpenssl } from '../../test/support/authority.ts';
import { DnsServer } from '../../test/support/dns-server.ts';
import { answering, closing, hanging, WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import { AddressRule } from './address-rule.ts';
import { Poster, type PosterOptions } from './post.ts';

let receiver: WebhookReceiver;
let dns: DnsServer;
beforeEach(async () => {
  receiver = await WebhookReceiver.open();
  dns = await DnsServer.open();
});
afterEach(async () => {
  await receiver.close();
  dns.close();
});

function poster({ allowed = ['127.0.0.1'], ...options }: Partial<PosterOptions> & { allowed?: string[] } = {}): Poster {
  return new Poster({
    addresses: new AddressRule(allowed),
    dnsServers: [dns.address],
    timeoutMs: 10_000,
    authorities: undefined,
    userAgent: 'odograph/test',
    ...options,
  });
}

const NEVER = new AbortController().signal;

function post(url: string, options: Parameters<typeof poster>[0] = {}) {
  return poster(options).post({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"name":"Zürich"}' }, NEVER);
}

describe('a POST', () => {
  test('brings the body as it is, with its headers, and gives the answer', async () => {
    receiver.behaviour = answering(202, { 'retry-after': '7' }, '{"ok":\n true}');
    const result = await post(receiver.url('/hook?a=1'));
    expect(result).toEqual({ ms: expect.any(Number), status: 202, retryAfter: '7', response: '{"ok": true}' });
    const [received] = receiver.received;
    expect(received).toMatchObject({ id: 'msg_1', path: '/hook?a=1', body: '{"name":"Zürich"}' });
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '18',
      'user-agent': 'odograph/test',
      connection: 'close',
    });
  });

  test('follows no redirect', async () => {
    receiver.behaviour = answering(302, { location: receiver.url('/elsewhere') });
    expect(await post(receiver.url())).toMatchObject({ status: 302 });
    expect(receiver.received).toHaveLength(1);
  });

  test('ends where no answer comes in time, and where the answer breaks off', async () => {
    receiver.behaviour = hanging;
    expect(await post(receiver.url(), { timeoutMs: 200 })).toMatchObject({
      status: null,
      code: 'webhook_timeout',
      detail: 'no answer within 0.2 s',
    });
    receiver.behaviour = closing;
    expect(await post(receiver.url())).toMatchObject({ status: null, code: 'webhook_unreachable', detail: 'socket hang up' });
  });

  test('does not wait for a body that trickles, nor read one without end', async () => {
    receiver.behaviour = (response) => {
      response.writeHead(200).write('beginning ');
      setInterval(() => response.write('x'), 20).unref();
    };
    const slow = await post(receiver.url());
    expect(slow).toMatchObject({ status: 200, response: expect.stringMatching(/^beginning x*$/) });
    let written = 0;
    receiver.behaviour = (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('y'.repeat(10_000))) written += 10_000;
      };
      response.on('drain', more);
      more();
    };
    const huge = await post(receiver.url());
    expect(huge).toMatchObject({ status: 200, response: 'y'.repeat(500) });
    expect(written).toBeLessThan(50_000_000);
  });

  test('keeps no secret that an answer repeats, and no control characters', async () => {
    receiver.behaviour = answering(
      400,
      {},
      'wrong\u0007 secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw==, Authorization: Bearer abc.def-g',
    );
    expect(await post(receiver.url())).toMatchObject({ response: 'wrong secret [secret], Authorization: Bearer [secret]' });
  });

  test.each([
    ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
    ['nothing at all', ''],
  ])('ends where the receiver answers with %s', async (_what, answer) => {
    const odd = createServer((socket) => void socket.on('error', () => undefined).end(answer)).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const { port } = odd.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ status: null, code: 'webhook_unreachable' });
    odd.close();
  });

  test('that is cut says nothing of the receiver', async () => {
    receiver.behaviour = hanging;
    const cut = new AbortController();
    const posted = poster().post({ url: receiver.url(), headers: {}, body: '{}' }, cut.signal);
    await receiver.heard(1);
    cut.abort(new Error('stopping'));
    await expect(posted).rejects.toThrow('stopping');
  });
});

describe('a receiver in a network that is not public', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://localhost:PORT/',
  ])('is not connected to under %s', async (url) => {
    const result = await post(url.replace('PORT', String(receiver.port)), { allowed: [] });
    expect(result).toMatchObject({
      status: null,
      code: 'webhook_address',
      detail: expect.stringContaining('the machine itself'),
    });
    expect(receiver.received).toEqual([]);
  });

  test('is not connected to under a name that leads there, nor under one that has come to lead there', async () => {
    const elsewhere = await WebhookReceiver.open({ host: '127.0.0.2' });
    const guarded = poster({ allowed: ['127.0.0.2'] });
    const tryAt = (port: number) => guarded.post({ url: `http://hooks.example:${port}/`, headers: {}, body: '{}' }, NEVER);
    const refusal = {
      code: 'webhook_address',
      detail: 'hooks.example must be a host on the public internet; 127.0.0.1 is of the machine itself',
    };
    dns.names.set('hooks.example', ['127.0.0.1']);
    expect(await tryAt(receiver.port)).toMatchObject(refusal);
    dns.names.set('hooks.example', ['127.0.0.2']);
    expect(await tryAt(elsewhere.port)).toMatchObject({ status: 204 });
    dns.names.set('hooks.example', ['127.0.0.1']);
    expect(await tryAt(receiver.port)).toMatchObject(refusal);
    expect(receiver.received).toEqual([]);
    await elsewhere.close();
  });

  test('is left out where a name leads to it and to an allowed one', async () => {
    dns.names.set('hooks.example', ['127.0.0.9', '127.0.0.1', '10.0.0.1']);
    expect(await post(receiver.url('/', 'hooks.example'), { allowed: ['127.0.0.1'] })).toMatchObject({ status: 204 });
  });

  test('is not what a redirect leads to', async () => {
    receiver.behaviour = answering(307, { location: 'http://169.254.169.254/latest/meta-data/' });
    expect(await post(receiver.url())).toMatchObject({ status: 307 });
  });
});

test.skipIf(!haveOpenssl)('TLS is believed by the authorities that are given, and only for the name', async () => {
  const authority = new Authority();
  const { certFile, keyFile } = authority.issue('hooks.example');
  const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
  const secure = await WebhookReceiver.open({ tls: { cert, key } });
  for (const name of ['hooks.example', 'other.example']) dns.names.set(name, ['127.0.0.1']);
  const authorities = [readFileSync(authority.certFile, 'utf8')];
  expect(await post(`https://hooks.example:${secure.port}/`, { authorities })).toMatchObject({ status: 204 });
  const wrong = await post(`https://other.example:${secure.port}/`, { authorities });
  expect(wrong).toMatchObject({
    code: 'webhook_unreachable',
    detail: expect.stringContaining("does not match certificate's altnames"),
  });
  const unknown = await post(`https://hooks.example:${secure.port}/`);
  expect(unknown).toMatchObject({ code: 'webhook_unreachable', detail: expect.stringContaining('certificate') });
  expect(secure.received).toHaveLength(1);
  await secure.close();
  authority.remove();
});

describe('a name', () => {
  test('that does not exist, or that nobody answers for, is unreachable', async () => {
    expect(await post(receiver.url('/', 'nobody.example'))).toMatchObject({
      code: 'webhook_unreachable',
      detail: 'the name nobody.example cannot be looked up: ENOTFOUND',
    });
    dns.silent.add('silent.example');
    expect(await post(receiver.url('/', 'silent.example'), { timeoutMs: 300 })).toMatchObject({ code: 'webhook_timeout' });
  });

  test('without an address is unreachable', async () => {
    dns.names.set('empty.example', []);
    expect(await post(receiver.url('/', 'empty.example'))).toMatchObject({ code: 'webhook_unreachable' });
  });

  test('localhost is the machine itself, without a question', async () => {
    expect(await post(receiver.url('/', 'localhost'), { allowed: ['127.0.0.1'] })).toMatchObject({ status: 204 });
    expect(dns.asked).toEqual([]);
  });
});
