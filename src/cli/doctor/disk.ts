/** Does a sync mean anything here, and is there room? */
import { closeSync, existsSync, fdatasyncSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { spoolFolders } from '../../processes/folders.ts';
import { findingsOf, messageOf, sizeText, type Finding } from './finding.ts';
import { told } from './system.ts';

const { ok, warn, fail } = findingsOf('disk');

/** File systems by the kernel's number, of which something has to be said. */
const IN_MEMORY: ReadonlyMap<number, string> = new Map([
  [0x0102_1994, 'tmpfs'],
  [0x8584_58f6, 'ramfs'],
]);
const ELSEWHERE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff53_4d42, 'CIFS'],
  [0xfe53_4d42, 'SMB 2'],
  [0x6573_5546, 'FUSE'],
  [0x0102_1997, '9P'],
]);
const OVERLAY = 0x794c_7630;

const SYNCS = 24;
const BLOCK_BYTES = 4_096;
/** No medium takes a block in less; a battery-backed cache needs about twice this. */
const TOO_FAST_MS = 0.012;
const SLOW_MS = 50;

/** Checks the folders that must keep what was acknowledged. */
export async function checkDisk(config: Config): Promise<Finding[]> {
  const { spool, clickhouse, dataDir } = config;
  const findings: Finding[] = [checkPreload()];
  const folders = new Map([[resolve(spool.dir), 'spool']]);
  if (clickhouse.mode === 'embedded' && !folders.has(resolve(clickhouse.dir)))
    folders.set(resolve(clickhouse.dir), 'ClickHouse');
  if (!folders.has(resolve(dataDir))) folders.set(resolve(dataDir), 'data');
  for (const [folder, name] of folders) {
    const there = nearest(folder);
    findings.push(...(await checkFolder(`${name} folder`, folder, there)));
  }
  findings.push(await checkRoom(config));
  return findings;
}

function checkPreload(): Finding {
  const maps = told('/proc/self/maps');
  const found = /\S*(?:libeatmydata|libfaketime-nosync)\S*/.exec(maps)?.[0];
  if (found === undefined) return ok('sync', 'no library stands between this process and the kernel that ignores it');
  return fail('sync', `${found} is loaded: it makes every sync do nothing`, 'take it out of LD_PRELOAD');
}

async function checkFolder(what: string, folder: string, there: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = there === folder ? folder : `${folder} (not made yet; looked at ${there})`;
  let type = 0;
  try {
    ({ type } = await statfs(there));
  } catch (error) {
    return [fail(what, messageOf(error), 'make the folder, or name another')];
  }
  const memory = IN_MEMORY.get(type);
  const remote = ELSEWHERE.get(type);
  const options = mountOptions(there);
  if (memory !== undefined) {
    findings.push(fail(what, `${seen} is ${memory}: memory, which nothing survives`, 'put it on a disk'));
  } else if (options.includes('volatile') || options.includes('fsync=volatile')) {
    findings.push(fail(what, `${seen} is mounted volatile: syncs are ignored`, 'mount it without, or put it on a volume'));
  } else if (options.includes('nobarrier') || options.includes('barrier=0')) {
    findings.push(
      warn(what, `${seen} is mounted without barriers`, 'mount it with barriers, unless the disk has no cache of its own'),
    );
  } else if (type === OVERLAY) {
    findings.push(warn(what, `${seen} is in the writable layer of a container, and goes with it`, 'mount a volume there'));
  } else if (remote !== undefined) {
    findings.push(
      warn(what, `${seen} is on ${remote}: what a sync means is another machine's word`, 'use a disk of this machine'),
    );
  } else findings.push(ok(what, `${seen} is on a file system of type 0x${type.toString(16)}${cacheOf(there)}`));
  findings.push(measure(what, there));
  return findings;
}

/** Writes blocks and syncs each. At once, not by way of Node's threads: their time is more than that of a sync that does nothing. */
function measure(what: string, folder: string): Finding {
  const path = join(folder, `.odograph-doctor-${process.pid}`);
  const times: number[] = [];
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      const block = new Uint8Array(BLOCK_BYTES).fill(0x5a);
      for (let i = 0; i < SYNCS; i++) {
        writeSync(file, block, 0, block.length, i * BLOCK_BYTES);
        const startedAt = performance.now();
        fdatasyncSync(file);
        times.push(performance.now() - startedAt);
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return fail(what, `it cannot be written to: ${messageOf(error)}`, 'give the user of the gateway the folder');
  } finally {
    rmSync(path, { force: true });
  }
  const sorted = times.toSorted((a, b) => a - b);
  const [middle = 0, worst = 0] = [sorted[SYNCS >> 1], sorted.at(-1)];
  const saw = `a block is synced in ${middle.toFixed(2)} ms, at worst ${worst.toFixed(1)} ms`;
  if (middle < TOO_FAST_MS)
    return warn(what, `${saw}: faster than any disk`, 'find out who swallows the syncs: a hypervisor may');
  if (middle > SLOW_MS)
    return warn(what, `${saw}: every ack waits for that`, 'use a faster disk, or one that nobody else keeps busy');
  return ok(what, saw);
}

async function checkRoom(config: Config): Promise<Finding> {
  const folder = resolve(config.spool.dir);
  const folders = spoolFolders(config).map((each) => resolve(each));
  // Each process may use all of it.
  const budgetBytes = config.spool.budgetBytes * Math.max(config.processes, folders.length);
  try {
    const { bavail, bsize } = await statfs(nearest(folder));
    const free = bavail * bsize;
    const used = sum(
      folders.filter((each) => existsSync(each)).flatMap((each) => readdirSync(each).map((name) => sizeOf(join(each, name)))),
    );
    const saw = `${sizeText(free)} are free, the spool has ${sizeText(used)} of its ${sizeText(budgetBytes)}`;
    if (free + used >= budgetBytes) return ok('room for the spool', saw);
    return warn(
      'room for the spool',
      `${saw}: the disk will be full before the budget is`,
      'make room, or lower spool.budgetBytes',
    );
  } catch (error) {
    return fail('room for the spool', messageOf(error), 'make the folder readable');
  }
}

/** The folder itself, or the nearest above it that is there. */
function nearest(folder: string): string {
  for (let at = folder; ; at = dirname(at)) if (existsSync(at) || dirname(at) === at) return at;
}

function mountOptions(folder: string): string[] {
  let best = '';
  let options: string[] = [];
  for (const line of told('/proc/self/mounts').split('\n')) {
    const [, point = '', , text = ''] = line.split(' ');
    const covers = point !== '' && (point === '/' || folder === point || folder.startsWith(`${point}/`));
    if (!covers || point.length < best.length) continue;
    best = point;
    options = text.split(',');
  }
  return options;
}

/** What the kernel says of the cache of the disk; empty where it says nothing. */
function cacheOf(folder: string): string {
  const { dev } = statSync(folder);
  // As glibc takes a device number apart.
  const major = ((dev >>> 8) & 0xfff) | (Math.floor(dev / 2 ** 32) & ~0xfff);
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xff_ff00);
  for (const place of ['queue', '../queue']) {
    const cache = told(`/sys/dev/block/${major}:${minor}/${place}/write_cache`).trim();
    if (cache !== '') return `; its disk has a cache that is "${cache}"`;
  }
  return '';
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
