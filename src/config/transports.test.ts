import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'odograph-transports-'));
afterAll(() => rmSync(directory, { recursive: true }));

function load(...listeners: object[]) {
  const file = join(directory, 'odograph.yaml');
  writeFileSync(file, JSON.stringify({ listeners: listeners.map((listener) => ({ protocols: ['teltonika'], ...listener })) }));
  return loadConfig({ file, environment: {}, known: { protocols: ['teltonika', 'astra-telematics'] } }).config.listeners;
}

function problems(...listeners: object[]): string[] {
  try {
    load(...listeners);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, rule }) => `${path}: ${rule}`);
    throw error;
  }
}

const TLS = { certFile: 'cert.pem', keyFile: 'key.pem' };

describe('a listener', () => {
  test('of each transport may have what belongs to it', () => {
    const [plain, secure, datagrams] = load(
      { name: 'plain', port: 1, proxyProtocol: { from: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'] } },
      { name: 'secure', port: 2, tls: { ...TLS, clientCaFile: 'ca.pem', requireClientCert: true, identFromClientCert: true } },
      { name: 'datagrams', port: 2, transport: 'udp', udp: { receiveBufferBytes: '8MiB' } },
    );
    expect(plain?.transport).toBe('tcp');
    expect(secure?.tls).toMatchObject({ requireClientCert: true });
    expect(datagrams?.udp).toEqual({ receiveBufferBytes: 8 * 2 ** 20, waitingBytes: 16 * 2 ** 20 });
  });

  test.each([
    [{ transport: 'udp', tls: TLS }, 'listeners[0].tls: absent, because transport is udp'],
    [
      { transport: 'udp', proxyProtocol: { from: ['10.0.0.1'] } },
      'listeners[0].proxyProtocol: absent, because transport is udp',
    ],
    [{ udp: {} }, 'listeners[0].udp: absent, because transport is tcp'],
    [{ mqtt: { certificates: true } }, 'listeners[0].mqtt: absent, because transport is tcp'],
    [
      { tls: { ...TLS, requireClientCert: true } },
      'listeners[0].tls.requireClientCert: false, because there is no tls.clientCaFile',
    ],
    [
      { tls: { ...TLS, identFromClientCert: true } },
      'listeners[0].tls.identFromClientCert: false, because there is no tls.clientCaFile',
    ],
    [
      {
        transport: 'mqtt',
        mqtt: { certificates: true },
        tls: { ...TLS, clientCaFile: 'ca.pem', identFromClientCert: true },
      },
      'listeners[0].tls.identFromClientCert: false, because transport is mqtt: see mqtt.certificates',
    ],
    [
      { proxyProtocol: { from: ['10.0.0.0/33'] } },
      'listeners[0].proxyProtocol.from[0]: an address, or a range such as 10.0.0.0/8',
    ],
    [{ proxyProtocol: { from: [] } }, 'listeners[0].proxyProtocol.from: a list of at least one address'],
    [
      { proxyProtocol: { from: ['lb.example'] } },
      'listeners[0].proxyProtocol.from[0]: an address, or a range such as 10.0.0.0/8',
    ],
  ])('%j is refused', (settings, problem) => {
    expect(problems({ name: 'one', port: 1, ...settings })).toEqual([problem]);
  });

  test('shares its port number with one of the other kind of packet only, and UDP with the admin port too', () => {
    const udp = { name: 'a', transport: 'udp', port: 9_090 };
    expect(problems(udp)).toEqual([]);
    expect(problems(udp, { ...udp, name: 'b' })).toEqual(['listeners[1].port: a port that listener a has not taken']);
    expect(problems({ name: 'a', port: 5 }, { ...udp, name: 'b', port: 5 })).toEqual([]);
  });
});
