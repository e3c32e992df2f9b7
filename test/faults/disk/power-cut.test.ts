/** The disk of the spool loses its power under a whole gateway: what was not synced is gone, or zeros, or garbage. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultBench } from '../bench.ts';

const PRELOAD = new URL('synced-preload.ts', import.meta.url).href;

/** What becomes of the range that was not synced. Each, at every step, is tried on the spool alone in `src/spool/power-cut.test.ts`. */
const LOSSES: Readonly<Record<string, (sizeBytes: number) => Uint8Array>> = {
  gone: () => new Uint8Array(),
  zeros: (sizeBytes) => new Uint8Array(sizeBytes),
  'garbage, of a part': (sizeBytes) => randomBytes((sizeBytes >> 1) + 1),
};

/** Cuts until one has something to take away. */
const MOST_CUTS = 10;

describe('a disk that loses its power under a gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'odograph-synced-'));
  const notes = join(folder, 'synced');
  let bench: FaultBench;

  beforeAll(async () => {
    bench = await FaultBench.start({
      through: ['env', `NODE_OPTIONS=--import=${PRELOAD}?in=${encodeURIComponent(notes)}`],
      settings: ['spool.segmentBytes=64KiB'],
      trackers: { teltonika: 3, udp: 2, mqtt: 2, http: 1 },
    });
  });
  afterAll(async () => {
    await bench.dispose();
    rmSync(folder, { recursive: true });
  });

  /** Bytes of each file that are synced. */
  function syncedBytes(): Map<string, number> {
    const lines = readFileSync(notes, 'utf8').trim().split('\n');
    return new Map(lines.map((line) => [line.slice(0, line.indexOf('\t')), Number(line.slice(line.indexOf('\t') + 1))]));
  }

  /** Takes away what was not synced; gives how many bytes that were. */
  function losePower(left: (sizeBytes: number) => Uint8Array): number {
    let lostBytes = 0;
    const synced = syncedBytes();
    const spool = join(bench.dataDir, 'spool');
    for (const name of readdirSync(spool).filter((each) => each.endsWith('.spool'))) {
      const path = join(spool, name);
      const keptBytes = synced.get(path) ?? 0;
      const lost = statSync(path).size - keptBytes;
      if (lost <= 0) continue;
      lostBytes += lost;
      const file = openSync(path, 'r+');
      ftruncateSync(file, keptBytes);
      writeSync(file, left(lost), 0, undefined, keptBytes);
      closeSync(file);
    }
    return lostBytes;
  }

  const losses = Object.keys(LOSSES).filter((how) => process.env['FAULTS'] === 'long' || how !== 'zeros');
  it.each(losses)('is gone on with where what was not synced is %s', async (how) => {
    let lostBytes = 0;
    // A kill between two groups leaves nothing to lose.
    for (let cut = 0; lostBytes === 0 && cut < MOST_CUTS; cut++) {
      await bench.expectEachTold(3);
      await bench.gateway.kill();
      lostBytes = losePower(LOSSES[how] as (typeof LOSSES)[string]);
      await bench.begin();
    }
    expect(lostBytes).toBeGreaterThan(0);
  });

  it('costs nothing that was acknowledged, though something was lost each time', async () => {
    await bench.expectAllKept();
  });
});
