/** Redis over TLS, as the settings of the store ask for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority, type IssuedFiles } from '../../../test/support/authority.ts';
import { openStore, type StoreSettings } from '../open.ts';
import { aTracker, registered } from '../samples.ts';
import type { Store } from '../store.ts';
import { freePort, RedisServer } from './server-fixture.ts';

let authority: Authority;
let stranger: Authority;
let gateway: IssuedFiles;
/** One server takes anybody, the other only who shows a certificate. */
let open: { server: RedisServer; url: string };
let strict: { server: RedisServer; url: string };

beforeAll(async () => {
  authority = new Authority();
  stranger = new Authority();
  gateway = authority.issue('gateway');
  [open, strict] = await Promise.all([startWith('no'), startWith('yes')]);
});
afterAll(async () => {
  await Promise.all([open.server.dispose(), strict.server.dispose()]);
  authority.remove();
  stranger.remove();
});

async function startWith(authClients: 'yes' | 'no'): Promise<{ server: RedisServer; url: string }> {
  const { certFile, keyFile } = authority.issue('redis.test');
  const port = await freePort();
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', authority.certFile];
  const server = await RedisServer.start('--tls-port', String(port), ...files, '--tls-auth-clients', authClients);
  return { server, url: `rediss://127.0.0.1:${port}` };
}

function storeAt(settings: Partial<StoreSettings>): Promise<Store> {
  const bounds = { namespace: 'tls', timeoutMs: 1_000, retryMaxMs: 100 };
  return openStore({ kind: 'redis', path: '', tls: false, password: '', ...bounds, ...settings });
}

const PATIENCE_MS = 10_000;

/** What a store says of a tracker: asked until it gives the reason that is waited for, since an end of the connection may hide it. */
async function refusalOf(settings: Partial<StoreSettings>, reason: RegExp): Promise<string> {
  const store = await storeAt(settings);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const said = String(await Promise.resolve(store.trackerByOid('a')).catch((error: unknown) => error));
    if (!reason.test(said) && performance.now() < deadline) continue;
    await store.close();
    return said;
  }
}

test('what is registered over TLS is there for who knows the authority, be it over one server or with a client certificate', async () => {
  const known = { caFile: authority.certFile };
  const stores = await Promise.all([storeAt({ url: open.url, ...known }), storeAt({ url: strict.url, ...known, ...gateway })]);
  for (const store of stores) {
    expect(await store.register(registered(aTracker('a')))).toEqual({ exists: null });
    expect(await store.trackerByOid('a')).toEqual(aTracker('a'));
    await store.close();
  }
  // `tls: true` says the same as `rediss://`.
  const same = await storeAt({ url: open.url.replace('rediss', 'redis'), tls: true, ...known });
  expect(await same.trackerByOid('a')).toEqual(aTracker('a'));
  await same.close();
});

test('a certificate that the named authority has not signed is refused, and the reason says so', async () => {
  const said =
    /does not answer: .*signed by no authority that store\.caFile or the system names: self-signed.*\[store_unreachable\]/;
  expect(await refusalOf({ url: open.url, caFile: stranger.certFile }, said)).toMatch(said);
  expect(await refusalOf({ url: open.url }, said)).toMatch(said);
});

test('a certificate of another name is refused, and the reason says which it has', async () => {
  const url = open.url.replace('127.0.0.1', 'localhost');
  const said = /Host: localhost\. is not in the cert's altnames: DNS:redis\.test/;
  expect(await refusalOf({ url, caFile: authority.certFile }, said)).toMatch(said);
});

test('who shows no certificate where one is demanded, or a wrong one, or speaks no TLS, is told', async () => {
  const known = { url: strict.url, caFile: authority.certFile };
  const none = /it hangs up .*: does it demand a client certificate, of store\.certFile and store\.keyFile\?/;
  expect(await refusalOf(known, none)).toMatch(none);
  const wrong = /it hangs up .*: does it demand another one than that of store\.certFile\?/;
  expect(await refusalOf({ ...known, ...stranger.issue('gateway') }, wrong)).toMatch(wrong);
  const plain = /it hangs up .*: does it speak TLS there, as rediss:\/\/ says\?/;
  expect(await refusalOf({ url: open.url.replace('rediss', 'redis') }, plain)).toMatch(plain);
});

test.each([
  ['that is not there', 'none.pem', null, /store\.caFile is of no use: ENOENT/],
  ['without a certificate', 'empty.pem', 'nothing', /store\.caFile is of no use: .* holds no PEM certificate/],
  [
    'with a broken one',
    'broken.pem',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    /store\.caFile is of no use: /,
  ],
])(
  'a file of authorities %s is a mistake in the configuration, not a trouble of Redis',
  async (_what, name, content, message) => {
    const caFile = join(authority.directory, name);
    if (content !== null) writeFileSync(caFile, content);
    await expect(storeAt({ url: open.url, caFile })).rejects.toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
  },
);

test('so is a key that does not belong to its certificate', async () => {
  const { certFile } = authority.issue('other');
  await expect(storeAt({ url: open.url, certFile, keyFile: gateway.keyFile })).rejects.toThrow(
    expect.objectContaining({
      code: 'config_invalid',
      message: expect.stringMatching(/store\.certFile, or store\.keyFile, is of no use/),
    }),
  );
});
