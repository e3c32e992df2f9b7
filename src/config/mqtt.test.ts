import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

const dir = mkdtempSync(join(tmpdir(), 'odograph-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const HASH = `sha256:${'0'.repeat(32)}:${'0'.repeat(64)}`;
const LISTENER = { name: 'mqtt', transport: 'mqtt', port: 1883, protocols: ['teltonika'] };
const TLS = { certFile: 'a.pem', keyFile: 'a.key' };
const SUBSCRIPTION = { name: 'fleet', url: 'mqtt://broker.test', topics: ['fleet/{ident}'], protocols: ['teltonika'] };

function load(settings: unknown) {
  const file = join(dir, 'odograph.yaml');
  writeFileSync(file, JSON.stringify(settings));
  return loadConfig({
    file,
    environment: {},
    known: { pushed: ['bmw', 'silence'], protocols: ['teltonika', 'astra-telematics'] },
  }).config;
}

/** Where the settings are wrong. */
function wrongAt(settings: unknown): string[] {
  try {
    load(settings);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path }) => path);
  }
}

const listening = (changes: object) => ({ listeners: [{ ...LISTENER, ...changes }] });
const subscribing = (changes: object) => ({ subscriptions: [{ ...SUBSCRIPTION, ...changes }] });

describe('an MQTT listener', () => {
  test('has bounds without being told', () => {
    const [listener] = load(listening({ mqtt: { credentialsFile: 'devices.txt' } })).listeners;
    expect(listener?.mqtt).toMatchObject({
      webSocket: false,
      subscriptions: 16,
      maxTopicBytes: 256,
      publishesInFlight: 100,
      maxPacketBytes: 262_144,
    });
  });

  test.each([
    ['nobody could log in', listening({}), 'listeners[0].mqtt'],
    ['nobody could log in either', listening({ mqtt: {} }), 'listeners[0].mqtt'],
    [
      'a certificate cannot be believed',
      listening({ mqtt: { certificates: true }, tls: TLS }),
      'listeners[0].mqtt.certificates',
    ],
    ['TCP has no broker', listening({ transport: 'tcp', mqtt: { credentialsFile: 'devices.txt' } }), 'listeners[0].mqtt'],
    [
      'two have one user name',
      listening({
        mqtt: {
          credentials: [
            { username: 'a', passwordHash: HASH },
            { username: 'a', passwordHash: HASH },
          ],
        },
      }),
      'listeners[0].mqtt.credentials[1].username',
    ],
    [
      'a password is not hashed',
      listening({ mqtt: { credentials: [{ username: 'a', passwordHash: 'secret' }] } }),
      'listeners[0].mqtt.credentials[0].passwordHash',
    ],
  ])('is refused where %s', (_why, settings, path) => {
    expect(wrongAt(settings)).toEqual([path]);
  });
});

describe('a subscription', () => {
  test('shares its messages with eight connections, in a session of a day, unless told otherwise', () => {
    const [subscription] = load(subscribing({})).subscriptions;
    expect(subscription).toMatchObject({
      group: 'odograph',
      connections: 8,
      protocolVersion: '5',
      sessionExpiryMs: 86_400_000,
    });
  });

  test.each(['#', 'fleet/{ident}/#', '{protocol}/+/{ident}', 'fleet', '/a//b/'])('takes %s for topics', (topic) => {
    expect(wrongAt(subscribing({ topics: [topic] }))).toEqual([]);
  });

  test.each(['', 'fleet/{ident}x', 'fleet/#/{ident}', '{ident}/{ident}', '{vin}', 'a+/b', '$share/g/fleet'])(
    'does not take %j for topics',
    (topic) => {
      expect(wrongAt(subscribing({ topics: [topic] }))).toEqual(['subscriptions[0].topics[0]']);
    },
  );

  test.each([
    ['its name is a listener’s', { name: 'trackers' }, 'subscriptions[0].name'],
    ['it speaks no known protocol', { protocols: ['telex'] }, 'subscriptions[0].protocols[0]'],
    ['its address is of the web', { url: 'https://broker.test' }, 'subscriptions[0].url'],
    ['it has two passwords', { password: 'a', passwordFile: 'b' }, 'subscriptions[0].passwordFile'],
    ['a certificate has no key', { certFile: 'a.pem' }, 'subscriptions[0].keyFile'],
    ['several connections share nothing', { shared: false, connections: 2 }, 'subscriptions[0].connections'],
    [
      'nothing tells a body from a frame',
      { topics: ['fleet/{ident}'], protocols: ['teltonika', 'bmw'] },
      'subscriptions[0].protocols',
    ],
  ])('is refused where %s', (_why, changes, path) => {
    expect(wrongAt(subscribing(changes))).toEqual([path]);
  });

  test.each([
    { shared: false, connections: 1, topics: ['gcid/{ident}'], protocols: ['bmw'] },
    { topics: ['fleet/{ident}/{protocol}'], protocols: ['teltonika', 'bmw'] },
    { topics: ['scooters/{ident}/status/{dialect}'], protocols: ['silence'] },
  ])('takes what clouds publish: %j', (changes) => {
    expect(wrongAt(subscribing(changes))).toEqual([]);
  });

  test('is not shown with its password', () => {
    const wrong = { ...subscribing({ password: 'hunter2', passwordFile: 'b' }), admin: { port: -1 } };
    expect(() => load(wrong)).toThrow(/passwordFile/);
    expect(() => load(wrong)).not.toThrow(/hunter2/);
  });
});
