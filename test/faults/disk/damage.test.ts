/** A spool whose files were damaged while no gateway ran: each start says what is wrong, and stores all that can be read. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../../../src/simulate/gateway-process.ts';
import { atRest } from '../at-rest.ts';
import { FaultBench } from '../bench.ts';
import type { AcknowledgedFrame } from '../client/memory.ts';
import { judge } from '../judge/judge.ts';
import type { Verdict } from '../judge/verdict.ts';

/** Nothing answers there: all that is acknowledged stays in the spool. */
const NOBODY = ['clickhouse.mode=server', 'clickhouse.url=http://127.0.0.1:9'];
const SMALL_SEGMENTS = 'spool.segmentBytes=64KiB';

const recordsOf = (frames: readonly { frame: AcknowledgedFrame }[]): number =>
  frames.filter(({ frame }) => !frame.quarantined).reduce((sum, { frame }) => sum + frame.records.length, 0);

describe('a spool that was damaged', () => {
  const kept = mkdtempSync(join(tmpdir(), 'odograph-damage-'));
  let bench: FaultBench;
  let dataDir = '';
  let gateway: GatewayProcess | null = null;

  beforeAll(async () => {
    bench = await FaultBench.start({
      settings: [...NOBODY, SMALL_SEGMENTS],
      trackers: { teltonika: 3, udp: 2, mqtt: 2 },
      recordsPerFrame: 10,
      pauseMs: 0,
    });
    await bench.told(600);
    await bench.fleet.finish(60_000);
    await bench.gateway.kill();
    cpSync(bench.dataDir, kept, { recursive: true });
    if (readdirSync(join(kept, 'spool')).filter((name) => name.endsWith('.spool')).length < 4)
      throw new Error('too few segments');
  }, 120_000);
  afterAll(async () => {
    await bench.dispose();
    rmSync(kept, { recursive: true, force: true });
  });

  beforeEach(async () => {
    await gateway?.kill();
    gateway = null;
    dataDir = mkdtempSync(join(tmpdir(), 'odograph-damaged-'));
    cpSync(kept, dataDir, { recursive: true });
    return async () => {
      await gateway?.kill();
      gateway = null;
      rmSync(dataDir, { recursive: true, force: true });
    };
  });

  const spool = (): string => join(dataDir, 'spool');
  const segments = (): string[] => readdirSync(spool()).filter((name) => name.endsWith('.spool'));
  const acknowledged = (): { ident: string; frame: AcknowledgedFrame }[] =>
    bench.fleet.memories.flatMap(({ ident, acknowledged: frames }) => frames.map((frame) => ({ ident, frame })));

  /** Changes the bytes of a segment. */
  function change(name: string, how: (bytes: Buffer) => Uint8Array): void {
    const path = join(spool(), name);
    writeFileSync(path, how(readFileSync(path)));
  }

  /** The acknowledged frames of which a segment has the bytes. */
  function framesIn(name: string): { ident: string; frame: AcknowledgedFrame }[] {
    const bytes = readFileSync(join(spool(), name));
    return acknowledged().filter(({ frame }) => bytes.includes(Buffer.from(frame.frame)));
  }

  /** Starts a gateway with an engine on the damaged folder, and judges. */
  async function judged(): Promise<{ verdict: Verdict; said: string }> {
    gateway = await GatewayProcess.start({ dataDir, settings: [...bench.doors.settings, 'clickhouse.batchAgeMs=50'] });
    const running = gateway;
    await atRest(running);
    const metrics = await running.metrics();
    const verdict = await judge({ memories: bench.fleet.memories, ask: (sql) => running.query(sql), metrics });
    return { verdict, said: running.logged('spool_corrupt').join('\n') };
  }

  const quarantined = (): Promise<{ detail: string }[]> =>
    (gateway as GatewayProcess).query("SELECT detail FROM quarantine FINAL WHERE code = 'spool_corrupt'");

  it('by a torn tail: what was never acknowledged is cut off, and nothing else is missed', async () => {
    const last = segments().at(-1) ?? '';
    // The beginning of a record, as a write leaves it that was under way.
    change(last, (bytes) => Buffer.concat([bytes, bytes.subarray(46, 46 + 300), Buffer.alloc(77)]));
    const { verdict } = await judged();
    expect(verdict.examples).toEqual([]);
  });

  it('by a flipped bit: that frame is in quarantine and is told of, and all others are stored', async () => {
    const name = segments()[1] ?? '';
    const victim = framesIn(name).find(({ frame }) => !frame.quarantined);
    expect(victim).toBeDefined();
    change(name, (bytes) => {
      const at = bytes.indexOf(Buffer.from((victim as { frame: AcknowledgedFrame }).frame.frame)) + 40;
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      return bytes;
    });
    const { verdict, said } = await judged();
    expect(verdict.findings).toMatchObject({ duplicated: 0, altered: 0, reordered: 0, lost: victim?.frame.records.length });
    expect(verdict.examples.every(({ kind, where }) => kind !== 'lost' || where === victim?.ident)).toBe(true);
    expect(said).toMatch(new RegExp(`${name} match no checksum`));
    expect(await quarantined()).toHaveLength(1);
  });

  it('by a segment that is missing: it is told of, and all others are stored', async () => {
    const name = segments()[1] ?? '';
    const lost = framesIn(name);
    rmSync(join(spool(), name));
    const { verdict, said } = await judged();
    expect(said).toMatch(/the segment of record \d+ is missing: the next that is there begins at \d+/);
    expect(verdict.findings).toMatchObject({ duplicated: 0, altered: 0, reordered: 0, unbalanced: 0 });
    const missed = lost.filter(({ frame }) => frame.quarantined).length;
    expect(verdict.findings.lost).toBe(recordsOf(lost) + missed);
  });

  it.each([
    ['in front of it', (name: string, all: string[]) => all[all.indexOf(name) - 1] ?? '', -1],
    ['behind all', (_name: string, all: string[]) => all.at(-1) ?? '', 100_000],
  ])('by a copy of a segment under another name %s: nothing is stored twice', async (_where, beside, step) => {
    const name = segments()[1] ?? '';
    const number = Number(beside(name, segments()).slice(0, 20)) + (step < 0 ? 1 : step);
    cpSync(join(spool(), name), join(spool(), `${String(number).padStart(20, '0')}.spool`));
    const { verdict, said } = await judged();
    expect(verdict.findings).toMatchObject({ lost: 0, duplicated: 0, altered: 0, reordered: 0 });
    expect(said).not.toBe('');
  });
});
