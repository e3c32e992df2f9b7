import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CODECS, decodersOf } from '#protocols/all';
import { OPEN_GATE, type ConsentGate } from '../pipeline/ports.ts';
import type { CaptureEntry } from './entry.ts';
import { newReport, readCapture } from './file/reader.ts';
import { CaptureWriter } from './file/writer.ts';
import { purgeCapture } from './purge.ts';

const GONE = '356307042441013';
const VIN = 'KMHXX00XXXX000001';
const NOON = Date.UTC(2026, 5, 15, 12);
const decoders = decodersOf(CODECS);
const gate: ConsentGate = { ...OPEN_GATE, isOpen: false, stops: (_entry, ident) => ident === GONE || ident === VIN };

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-purge-'));
  path = join(dir, 'a.odocap');
});
afterEach(() => rmSync(dir, { recursive: true }));

function entry(n: number, changes: Partial<CaptureEntry> = {}): CaptureEntry {
  return {
    at: NOON + n,
    direction: 'in',
    transport: 'tcp',
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: 'a1',
    protocol: 'teltonika',
    ident: '356938035643809',
    dialect: null,
    bytes: Uint8Array.of(n),
    ...changes,
  };
}

async function write(entries: readonly CaptureEntry[]): Promise<void> {
  const writer = await CaptureWriter.open(path, NOON);
  for (const one of entries) await writer.add(one);
  await writer.close();
}

async function numbers(): Promise<number[]> {
  const report = newReport();
  const found: number[] = [];
  for await (const { at } of readCapture(createReadStream(path), path, report)) found.push(at - NOON);
  expect([report.corruptRanges, report.tornBytes]).toEqual([0, 0]);
  return found;
}

const body = (value: object) => Buffer.from(JSON.stringify(value));
const purge = () => purgeCapture(path, decoders, gate, NOON);
const said = (vin: string) => ({
  vin,
  vehicleId: 'v',
  items: [{ messageTime: '2026-06-15T12:00:00Z', data: { 'Vehicle.Odometer': { value: 1 } } }],
});

describe('a capture that is purged', () => {
  it('has lost the whole connection of a device, from before its login on, and nothing of others', async () => {
    await write([
      entry(1, { sessionId: 'b2', ident: null, protocol: null }),
      entry(2),
      entry(3, { sessionId: 'b2', ident: GONE }),
      entry(4, { sessionId: 'b2', ident: GONE, direction: 'out' }),
      entry(5),
    ]);
    expect(await purge()).toEqual({ entries: 5, removed: 3, divided: 0, corruptRanges: 0 });
    expect(await numbers()).toEqual([2, 5]);
    expect(readdirSync(dir)).toEqual(['a.odocap']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has lost what a cloud says of the vehicle, and keeps what the same body says of another', async () => {
    const http = { transport: 'http', protocol: 'hyundai-kia', ident: null } as const;
    await write([
      entry(1, { ...http, bytes: body(said(VIN)) }),
      entry(2, { ...http, bytes: body([said(VIN), said('KMHXX00XXXX000002')]) }),
      entry(3, { ...http, bytes: body(said('KMHXX00XXXX000002')) }),
      entry(4, { ...http, direction: 'out', bytes: body({ of: VIN }) }),
    ]);
    expect(await purge()).toMatchObject({ entries: 4, removed: 2, divided: 1 });
    const texts: string[] = [];
    for await (const { bytes } of readCapture(createReadStream(path), path)) texts.push(Buffer.from(bytes).toString());
    expect(texts).toEqual([JSON.stringify([said('KMHXX00XXXX000002')]), JSON.stringify(said('KMHXX00XXXX000002'))]);
  });

  it('has lost the pieces of one device among those a broker brings over one connection', async () => {
    const mqtt = { transport: 'mqtt', sessionId: 'c3' } as const;
    await write([entry(1, { ...mqtt, ident: GONE }), entry(2, mqtt)]);
    await purge();
    expect(await numbers()).toEqual([2]);
  });

  it('stays as it is, byte for byte, where nothing has to go', async () => {
    await write([entry(1), entry(2)]);
    const before = readFileSync(path);
    expect(await purge()).toMatchObject({ removed: 0 });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dir)).toEqual(['a.odocap']);
  });

  it('is left alone where it is no capture', async () => {
    await expect(purge()).rejects.toThrow('capture_invalid');
  });
});
