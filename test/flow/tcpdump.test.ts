/** tcpdump, as the peer of the importer: it captures a real session with the gateway, and reads the packets we write. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { teltonika } from '#protocols/teltonika/index';
import type { CaptureEntry } from '../../src/capture/entry.ts';
import { openSource, type Source } from '../../src/capture/import/index.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import { PlainClient } from '../support/plain-client.ts';
import { StreamGateway } from '../support/stream-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const TCPDUMP = ['/usr/bin/tcpdump', '/usr/sbin/tcpdump', '/usr/local/sbin/tcpdump'].find((path) => existsSync(path));
/** Capturing needs rights that not everybody has. */
const mayCapture = TCPDUMP !== undefined && spawnSync(TCPDUMP, ['-i', 'lo', '--list-data-link-types']).status === 0;
if (!mayCapture) process.stderr.write('tcpdump is not installed, or may not capture: its tests are skipped\n');

// The first example frame of the vendor's page.
const FRAME = Buffer.from(
  '000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF',
  'hex',
);
const loginOf = (imei: string): Buffer => Buffer.concat([Buffer.from([0, 15]), Buffer.from(imei)]);
const IMEIS = ['356307042441013', '352094083025970'];

async function read(source: Source): Promise<CaptureEntry[]> {
  const entries: CaptureEntry[] = [];
  for await (const entry of source.entries) entries.push(entry);
  return entries;
}

const streamOf = (entries: readonly CaptureEntry[], peer: string, direction: 'in' | 'out'): string =>
  Buffer.concat(
    entries.filter((entry) => entry.peer === peer && entry.direction === direction).map(({ bytes }) => bytes),
  ).toString('hex');

describe.skipIf(!mayCapture)('tcpdump (skipped where it is not, or may not capture)', () => {
  let dir = '';
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'odograph-tcpdump-'))));
  afterAll(() => removeFolder(dir));

  test('captures sessions with the gateway, and they are read as what was said', async () => {
    const gateway = await StreamGateway.start([teltonika]);
    const { port } = gateway;
    const path = join(dir, 'real.pcap');
    // In immediate mode each packet takes a slot of the length that may be captured: enough of them for a machine that is busy.
    const patient = ['--immediate-mode', '-s', '2000', '-B', '32768'];
    const tcpdump = spawn(TCPDUMP as string, ['-i', 'lo', ...patient, '-U', '-w', path, 'tcp', 'port', String(port)]);
    let said = '';
    tcpdump.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    await until('tcpdump listens', () => said.includes('listening on'));
    const talks = await Promise.all(
      IMEIS.map(async (imei) => {
        const client = await PlainClient.connect(port);
        const peer = client.name;
        client.say(loginOf(imei));
        await until('the login is answered', () => client.heardBytes === 1);
        await client.sayByteByByte(FRAME);
        client.say(FRAME, FRAME.subarray(0, 10));
        await until('both frames are acknowledged', () => client.heardBytes === 9);
        const heard = await client.finish();
        const stream = Buffer.concat([loginOf(imei), FRAME, FRAME, FRAME.subarray(0, 10)]);
        return { peer, sent: stream.toString('hex'), heard: heard.toString('hex') };
      }),
    );
    await gateway.stop();
    const ports = new Map([[port, 'teltonika']]);
    const saidBytes = talks.reduce((sum, { sent, heard }) => sum + (sent.length + heard.length) / 2, 0);
    // Packets come to tcpdump when the kernel hands them over.
    await until('all is captured', async () => {
      const { report, entries } = await openSource(path, { ports });
      for await (const _ of entries);
      return report.bytes === saidBytes;
    });
    const ended = once(tcpdump, 'exit');
    tcpdump.kill('SIGINT');
    await ended;
    const source = await openSource(path, { ports });
    const entries = await read(source);
    for (const { peer, sent, heard } of talks) {
      expect(streamOf(entries, peer, 'in')).toBe(sent);
      expect(streamOf(entries, peer, 'out')).toBe(heard);
    }
    expect(new Set(entries.map(({ sessionId }) => sessionId)).size).toBe(IMEIS.length);
    expect(entries.every(({ protocol, listener }) => protocol === 'teltonika' && listener === String(port))).toBe(true);
    expect(source.report.skipped).toEqual([]);
    expect(source.report.noted.filter(({ reason }) => reason !== 'retransmission')).toEqual([]);
  });

  test.each(['pcap', 'pcapng'])('reads the %s that is written, with every checksum right', async (format) => {
    const peers = ['203.0.113.9:40122', '[2001:db8::9]:40122'];
    const log = peers.flatMap((peer) =>
      ['tcp', 'udp'].flatMap((transport) => [
        {
          at: '2026-08-21T09:18:51.250Z',
          session: `${peer}${transport}`,
          peer,
          transport,
          listener: '5027',
          hex: FRAME.toString('hex'),
        },
        {
          at: '2026-08-21T09:18:52.250Z',
          session: `${peer}${transport}`,
          peer,
          transport,
          listener: '5027',
          hex: '0000000001',
          direction: 'out',
        },
        { at: '2026-08-21T09:18:53.250Z', session: `${peer}${transport}`, peer, transport, listener: '5027', hex: 'ff' },
      ]),
    );
    const input = join(dir, 'log.jsonl');
    const output = join(dir, `written.${format}`);
    writeFileSync(input, log.map((row) => JSON.stringify(row)).join('\n'));
    expect((await odograph('convert', input, '-o', output, '--to', format)).code).toBe(0);
    const said = execFileSync(TCPDUMP as string, ['-n', '-vv', '-r', output], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { TZ: 'UTC' },
    });
    const tcpPackets = (3 + 3) * peers.length;
    const udpPackets = 3 * peers.length;
    expect(said.match(/\(correct\)|\[udp sum ok\]/g)).toHaveLength(tcpPackets + udpPackets);
    expect(said).not.toMatch(/incorrect|bad|wrong/i);
    expect(said.match(/^09:18:5[123]\.250000 IP/gm)).toHaveLength(tcpPackets + udpPackets);
    expect(said).toContain('203.0.113.9.40122 > 192.0.2.1.5027: Flags [S]');
    expect(said).toContain('2001:db8::9.40122 > 2001:db8::1.5027: Flags [P.]');
  });
});
