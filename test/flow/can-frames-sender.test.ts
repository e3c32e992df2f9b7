/** The example of docs/can-frames.md, run as it stands against the codec behind a real socket. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { newSession, type Decoded } from '#protocols/codec';
import { signalOf } from '#model/message';
import { fromHex, toHex } from '#wire/hex';
import { canFrames } from '#protocols/can-frames/index';
import { feed, openDrive } from '../../protocols/conformance/drive.ts';

const docs = join(import.meta.dirname, '../../docs');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Listens, and gives what arrives to a session of the codec each connection; `answer` sends or withholds the reply. */
async function listen(answer: (decoded: Decoded, socket: Socket) => void): Promise<{ port: number; decoded: Decoded[] }> {
  const decoded: Decoded[] = [];
  const server = createServer((socket) => {
    const drive = openDrive(canFrames, newSession('tcp'));
    let seen = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      feed(drive, chunk);
      expect(drive.refused).toEqual([]);
      for (const frame of drive.frames.slice(seen)) {
        decoded.push(frame.decoded);
        answer(frame.decoded, socket);
      }
      seen = drive.frames.length;
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, decoded };
}

function runSender(port: number): Promise<{ stdout: string }> {
  return promisify(execFile)('python3', [join(docs, 'can-frames-sender.py'), '127.0.0.1', String(port), 'box-1']);
}

test.skipIf(!hasPython)(
  'the example sender is understood, and forgets what is acknowledged (skipped without python3)',
  async () => {
    const { port, decoded } = await listen(({ reply }, socket) => socket.write(reply ?? new Uint8Array()));
    const { stdout } = await runSender(port);
    expect(stdout).toBe('all acknowledged\n');
    expect(decoded).toHaveLength(3);
    for (const [second, { ident, kind, faults, messages }] of decoded.entries()) {
      expect({ ident, kind, faults }).toEqual({ ident: 'box-1', kind: 'data', faults: [] });
      const [message] = messages;
      if (message === undefined) throw new Error('no message');
      expect(message.deviceTime).toBe(1767225600000 + second * 1000);
      expect(message.fix).toMatchObject({
        lat: Math.round(404169000 + second * 2000) / 1e7,
        lon: -3.7038,
        speedKmh: 80,
        satellites: 11,
      });
      const signals = ['engine.speed.value', 'wheels.speed.value', 'engine.coolant.temperature', 'device.supply.voltage'];
      expect(signals.map((key) => signalOf(message, key))).toEqual([1250, 80, 83, 27.6]);
      expect(signalOf(message, 'consumption.fuel.level')).toBeCloseTo(25.49, 2);
    }
  },
);

test.skipIf(!hasPython)('it sends again what was not acknowledged, in the same bytes (skipped without python3)', async () => {
  let frames = 0;
  const { port, decoded } = await listen(({ reply }, socket) => {
    frames++;
    if (frames === 2) socket.destroy();
    else socket.write(reply ?? new Uint8Array());
  });
  await runSender(port);
  const identities = decoded.map(({ messages }) => toHex(messages[0]?.identity ?? new Uint8Array()));
  expect(identities).toHaveLength(4);
  expect(new Set(identities).size).toBe(3);
  expect(identities[1]).toBe(identities[2]);
});

test.skipIf(!hasPython)('it ends when it is refused (skipped without python3)', async () => {
  const { port } = await listen(({ refusal }, socket) => socket.end(refusal ?? new Uint8Array()));
  await expect(runSender(port)).rejects.toThrow('the gateway does not know this device');
});

test('the frame that the page shows byte by byte is what the page says it is', () => {
  const page = readFileSync(join(docs, 'can-frames.md'), 'utf8');
  const [, hex = ''] = /```hex\n(.*?)```/s.exec(page) ?? [];
  const frame = fromHex(hex);
  if (frame === null) throw new Error('the page has no hex');
  expect(canFrames.split(frame, 0, frame.length, newSession('tcp'))).toEqual({ kind: 'frame', end: frame.length });
  const { ident, faults, messages } = canFrames.decode(frame, newSession('tcp'));
  expect({ ident, faults }).toEqual({ ident: 'box-1', faults: [] });
  expect(messages[0]).toMatchObject({
    deviceTime: 1767225600000,
    fix: { lat: 40.4169, lon: -3.7038 },
    signalKeys: ['engine.speed.value'],
    signalValues: [1250],
  });
});
