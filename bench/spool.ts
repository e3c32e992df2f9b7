/**
 * How much the spool adds to the disk: `npm run bench:spool`.
 *
 * For each number of frames in flight (as many devices, each waiting for its ack before it sends again) the spool runs for
 * a while, and then bare writes and syncs of the same bytes in groups of the same size, in turns. Rates depend on the disk;
 * the ratio is what the spool costs: at thousands in flight, with as many receipts to give between two groups, the disk
 * waits for the loop as often as the loop for the disk. The last part appends 100,000 records a second, with a reader, and
 * tells how much of the event loop that takes and how much of a core the whole process uses, the kernel's work included.
 */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSpool, type Spool } from '../src/spool/spool.ts';
import { makeRecord } from '../src/spool/spool-fixture.ts';
import { encodeRecord } from '../src/spool/record.ts';
import { newWriter } from '../src/wire/writer.ts';
import { median } from './frame/statistics.ts';

const RUN_MS = 1_000;
const ROUNDS = 3;
const FRAMES_IN_FLIGHT = [1, 100, 1_000, 10_000];
const PACED_PER_SECOND = 100_000;

const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'odograph-bench-'));
const record = makeRecord(7, 100);
const writer = newWriter();
encodeRecord(writer, 1, record);
const recordBytes = writer.length;

function openBenchSpool(name: string): Promise<Spool> {
  return openSpool({
    directory: join(directory, name),
    budgetBytes: 1e12,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: (code, detail) => console.error(code, detail),
  });
}

/** Keeps `inFlight` records in flight; gives records and commits a second. */
async function runSpool(name: string, inFlight: number): Promise<{ records: number; commits: number }> {
  const spool = await openBenchSpool(name);
  let running = true;
  const again = () => {
    if (running) spool.append(record, again);
  };
  const startedAt = performance.now();
  for (let i = 0; i < inFlight; i++) spool.append(record, again);
  await new Promise<void>((resolve) => void setTimeout(resolve, RUN_MS));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { committedRecords, commits } = spool.stats();
  running = false;
  await spool.close();
  return { records: committedRecords / seconds, commits: commits / seconds };
}

/** Writes and syncs groups of this many bytes; gives groups a second. */
async function runBare(name: string, groupBytes: number): Promise<number> {
  const file = await open(join(directory, name), 'wx');
  const group = Buffer.alloc(groupBytes, 0xa5);
  const startedAt = performance.now();
  let position = 0;
  let groups = 0;
  while (performance.now() - startedAt < RUN_MS) {
    await file.write(group, 0, group.length, position);
    await file.datasync();
    position += group.length;
    groups++;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await file.close();
  await rm(join(directory, name));
  return groups / seconds;
}

const thousands = (value: number) => Math.round(value).toLocaleString('en');

/** Appends at a steady rate, a millisecond's worth at a time, with one reader that keeps up. */
async function runPaced(): Promise<{ loopShare: number; coreShare: number; latencyMs: number; recordsPerCommit: number }> {
  const spool = await openBenchSpool('paced');
  const reader = spool.reader(1);
  const reading = (async () => {
    while ((await reader.next(1_000)) !== null);
  })();
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  const startedAt = performance.now();
  let appended = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      for (const due = (elapsedMs * PACED_PER_SECOND) / 1_000; appended < due; appended++)
        spool.append(record, () => undefined);
      if (elapsedMs < 3 * RUN_MS) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  const coreShare = (user + system) / 1_000 / (performance.now() - startedAt);
  const loopShare = performance.eventLoopUtilization(loopBefore).utilization;
  const { commits, committedRecords, commitSeconds } = spool.stats();
  await spool.close();
  await reading;
  return {
    loopShare,
    coreShare,
    latencyMs: (commitSeconds / commits) * 1_000,
    recordsPerCommit: committedRecords / commits,
  };
}

console.log(`records of ${recordBytes} bytes, medians of ${ROUNDS} runs in turns`);
console.log('in flight   records/s   records/sync   bare records/s at that size   ratio');
for (const inFlight of FRAMES_IN_FLIGHT) {
  const spoolRates: number[] = [];
  const groupSizes: number[] = [];
  const bareRates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { records, commits } = await runSpool(`spool-${inFlight}-${round}`, inFlight);
    const recordsPerSync = records / commits;
    spoolRates.push(records);
    groupSizes.push(recordsPerSync);
    bareRates.push((await runBare(`bare-${inFlight}-${round}`, Math.round(recordsPerSync * recordBytes))) * recordsPerSync);
  }
  const ratio = median(spoolRates.map((rate, i) => rate / (bareRates[i] as number)));
  const columns = [
    thousands(inFlight),
    thousands(median(spoolRates)),
    median(groupSizes).toFixed(1),
    thousands(median(bareRates)),
  ];
  console.log(
    `${columns.map((text, i) => text.padStart([9, 11, 14, 29][i] as number)).join(' ')}   ${ratio.toFixed(2).padStart(5)}`,
  );
}
const { loopShare, coreShare, latencyMs, recordsPerCommit } = await runPaced();
console.log(
  `at ${thousands(PACED_PER_SECOND)} records/s: ${(loopShare * 100).toFixed(0)} % of the event loop, ${(coreShare * 100).toFixed(0)} % of a core, ` +
    `${recordsPerCommit.toFixed(0)} records a sync, ${latencyMs.toFixed(2)} ms a commit`,
);
await rm(directory, { recursive: true });
