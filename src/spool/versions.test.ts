import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGatewayError } from '#errors/gateway-error';
import { openSpool, type Spool } from './spool.ts';
import { append, makeRecord, range } from './spool-fixture.ts';

const KEPT = join(import.meta.dirname, '../../fixtures/spool/format-1');
const TRANSPORTS = ['tcp', 'tls', 'udp', 'mqtt', 'http', 'replay'];

let directory: string;
let faults: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-versions-'));
  cpSync(KEPT, directory, { recursive: true });
  faults = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(): Promise<Spool> {
  return openSpool({
    directory,
    budgetBytes: 1e9,
    retention: { ageMs: 1e15, bytes: 1e9 },
    now: Date.now,
    onFault: (code, detail) => faults.push(`${code} ${detail}`),
  });
}

/** The record that the first version was given, as `fixtures/spool/format-1/README.md` says. */
function kept(n: number): object {
  const fault = n % 5 === 0 ? { fault: 'wire_crc', faultDetail: 'x'.repeat(300) } : {};
  return {
    ...makeRecord(n, 20 + n),
    transport: TRANSPORTS[n % 6],
    ident: n % 3 === 0 ? null : `35630704244${1000 + n}`,
    dialect: n % 4 === 0 ? 'fmb-ä' : null,
    ...fault,
  };
}

describe('the spool of the first version', () => {
  it('is read whole, and gone on with', async () => {
    const spool = await open();
    expect(faults).toEqual([]);
    expect(spool.readCheckpoint()).toEqual({ seq: 4, ledger: { made: 'by the first version' } });
    expect(spool.recovered).toMatchObject({ segments: 4, backlogRecords: 14, corruptRanges: 0, missingSegments: 0 });
    expect(await append(spool, 19)).toBe(true);
    const reader = spool.reader(1);
    const entries: { seq: number; record: object }[] = [];
    while (entries.length < 19) entries.push(...((await reader.next(5)) ?? []));
    expect(entries).toEqual([...range(1, 18).map((n) => ({ seq: n, record: kept(n) })), { seq: 19, record: makeRecord(19) }]);
    await spool.close();
  });
});

describe('a segment of a later version', () => {
  it('is refused, with its name, both versions and what to do, and everything stays as it was', async () => {
    const name = readdirSync(directory).findLast((file) => file.endsWith('.spool')) ?? '';
    const bytes = readFileSync(join(directory, name));
    bytes.writeUInt16BE(2, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 42)), 42);
    writeFileSync(join(directory, name), bytes);
    const before = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]);
    const error = findGatewayError(await open().catch((cause: unknown) => cause));
    expect(error?.code).toBe('spool_version');
    expect(error?.detail).toMatch(
      new RegExp(`${name} has format 2, this version reads format 1: run the version that wrote it`),
    );
    const after = readdirSync(directory).map((file) => [file, readFileSync(join(directory, file)).toString('hex')]);
    expect(after.filter(([file]) => file !== 'lock')).toEqual(before);
  });
});
