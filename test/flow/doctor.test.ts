/** The doctor on a real machine: a folder in memory, a port that is taken, an engine that is away, a limit that is too low, and all well. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { readEndpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { ClickHouseRelay } from '../support/clickhouse-relay.ts';
import { haveFaketime, MovedClock } from '../support/moved-clock.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { RunningGateway, newDataDir } from '../support/running-gateway.ts';
import { canMount, SmallDisk } from '../support/small-disk.ts';

const AWAY = { mode: 'server', url: 'http://127.0.0.1:9' };
const MEMORY = '/dev/shm';
const TMPFS = 0x0102_1994;
/** Debian's library that makes syncs do nothing. */
const EATMYDATA = '/usr/lib/x86_64-linux-gnu/libeatmydata.so';
const folder = mkdtempSync(join(tmpdir(), 'odograph-doctor-'));
const runningDir = newDataDir();
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start({}, runningDir);
  await gateway.stored();
}, 60_000);
afterAll(async () => {
  await gateway.remove();
  removeFolder(folder);
});

interface Seen {
  code: number;
  ok: boolean;
  findings: Finding[];
}

function fileOf(settings: object): string {
  const file = join(folder, 'odograph.json');
  const place = { admin: { port: 0 }, api: { port: 0 }, dataDir: join(folder, 'data') };
  const listeners = [{ name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'] }];
  writeFileSync(file, JSON.stringify({ ...place, listeners, ...settings }));
  return file;
}

async function doctor(settings: object): Promise<Seen> {
  const ran = await odograph('doctor', '--json', '--config', fileOf(settings));
  if (ran.out === '') throw new Error(ran.err);
  return { code: ran.code, ...(JSON.parse(ran.out) as Omit<Seen, 'code'>) };
}

/** The same in a process of its own, whose surroundings some words before it have changed. */
async function doctorThrough([program = '', ...words]: readonly string[], settings: object): Promise<Seen> {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const own = ['--disable-warning=ExperimentalWarning', main, 'doctor', '--json', '--config', fileOf(settings)];
  const ran: Promise<{ stdout: string; code?: number }> = promisify(execFile)(program, [...words, process.execPath, ...own]);
  const { stdout, code = 0 } = await ran.catch((error: unknown) => error as { stdout: string; code: number });
  return { code, ...(JSON.parse(stdout) as Omit<Seen, 'code'>) };
}

const about = ({ findings }: Seen, area: string, what: string): Finding[] =>
  findings.filter((finding) => finding.area === area && finding.what === what);

/** What it says of the clocks of others, without the numbers. */
const skews = (seen: Seen): string[] =>
  about(seen, 'clock', 'other clocks').map(({ status, saw }) => `${status} ${saw.replaceAll(/[\d.]+ s/g, 'so much')}`);

describe('the doctor', () => {
  test('finds beside a running gateway that all is well, and changes nothing', async () => {
    const ran = await odograph('doctor', '--json', '--config', join(runningDir, 'odograph.yaml'));
    const { ok, findings } = JSON.parse(ran.out) as Seen;
    expect(findings.filter(({ status }) => status === 'FAIL')).toEqual([]);
    expect([ok, ran.code]).toEqual([true, 0]);
    const well = findings.map(({ area, what }) => `${area} ${what}`);
    for (const each of [
      'disk sync',
      'disk spool folder',
      'limits open files',
      'ports listener trackers',
      'clickhouse schema',
      'store file',
      'version Node',
    ]) {
      expect(well).toContain(each);
    }
    expect(findings.find(({ what }) => what === 'schema')).toMatchObject({
      status: 'OK',
      saw: expect.stringMatching(/is at migration \d+/) as string,
    });
    const table = await odograph('doctor', '--config', join(runningDir, 'odograph.yaml'));
    expect(table.out).toContain('a block is synced in');
    expect(table.err).toContain('0 failed');
  });

  test.runIf(statfsSync(MEMORY).type === TMPFS)('fails for a spool in memory, where a sync means nothing', async () => {
    const dir = mkdtempSync(join(MEMORY, 'odograph-doctor-'));
    const seen = await doctor({ spool: { dir }, clickhouse: AWAY });
    removeFolder(dir);
    expect(about(seen, 'disk', 'spool folder')[0]).toMatchObject({
      status: 'FAIL',
      saw: expect.stringContaining('tmpfs') as string,
    });
    expect(seen).toMatchObject({ code: 1, ok: false });
  });

  test.runIf(existsSync(EATMYDATA))('fails where a library swallows the syncs, and sees that they take no time', async () => {
    const seen = await doctorThrough(['env', `LD_PRELOAD=${EATMYDATA}`], { clickhouse: AWAY });
    const [sync] = about(seen, 'disk', 'sync');
    expect(sync).toMatchObject({ status: 'FAIL', saw: expect.stringContaining('libeatmydata') as string });
    expect(about(seen, 'disk', 'spool folder').at(-1)).toMatchObject({
      status: 'WARN',
      saw: expect.stringContaining('faster than any disk') as string,
    });
    expect(seen.code).toBe(1);
  });

  test.runIf(canMount)('fails for a folder that is mounted so that syncs are ignored', async () => {
    // An overlay keeps its upper folder on any file system but another overlay.
    const disk = SmallDisk.mount(8_000_000);
    const [lower = '', upper, work, spool = ''] = ['lower', 'upper', 'work', 'spool'].map((name) => {
      const path = join(disk.path, name);
      mkdirSync(path);
      return path;
    });
    try {
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},volatile`;
      await promisify(execFile)('mount', ['-t', 'overlay', 'overlay', '-o', options, spool]);
      const seen = await doctor({ spool: { dir: spool }, clickhouse: AWAY });
      await promisify(execFile)('umount', [spool]);
      expect(about(seen, 'disk', 'spool folder')[0]).toMatchObject({
        status: 'FAIL',
        saw: expect.stringContaining('is mounted volatile') as string,
      });
    } finally {
      disk.remove();
    }
  });

  test.runIf(haveFaketime)('compares the clock with those of ClickHouse and Redis', async () => {
    const redis = await RedisServer.start();
    const relay = await ClickHouseRelay.start(readEndpoint(join(runningDir, 'data', 'clickhouse')));
    const settings = { store: { kind: 'redis', url: redis.url }, clickhouse: { mode: 'server', url: relay.url } };
    const clock = new MovedClock();
    try {
      clock.moveTo(120_000);
      const expected = ['ClickHouse', 'Redis'].map((name) => `FAIL that of ${name} is so much behind ours`);
      expect(skews(await doctorThrough(clock.through, settings))).toEqual(expected);
      expect(skews(await doctor(settings)).map((each) => each.slice(0, 2))).toEqual(['OK', 'OK']);
    } finally {
      clock.remove();
      await relay.shut();
      await redis.dispose();
    }
  });

  test('names who holds a port, and says what is away', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const listeners = [{ name: 'trackers', host: '127.0.0.1', port, protocols: ['teltonika'] }];
    const seen = await doctor({ listeners, clickhouse: AWAY, admin: { host: '0.0.0.0', port: 0 } });
    holder.close();
    const [taken] = about(seen, 'ports', 'listener trackers');
    expect(taken).toMatchObject({ status: 'FAIL', saw: expect.stringContaining(`process ${process.pid}`) as string });
    expect(about(seen, 'clickhouse', 'answers')).toMatchObject([{ status: 'FAIL' }]);
    expect(about(seen, 'config', 'admin port')).toMatchObject([{ status: 'WARN' }]);
    expect(about(seen, 'config', 'password of ClickHouse')).toMatchObject([{ status: 'WARN' }]);
    expect(seen.code).toBe(1);
  });

  test('says how many files must be open where the limit is too low', async () => {
    const seen = await doctorThrough(['sh', '-c', 'ulimit -n 200; exec "$0" "$@"'], { clickhouse: AWAY });
    expect(about(seen, 'limits', 'open files')).toMatchObject([
      { status: 'FAIL', saw: expect.stringMatching(/^200 may be open/) as string },
    ]);
  });

  test.runIf(haveOpenssl)('reads certificates, and says of one that is none what is wrong', async () => {
    const authority = new Authority();
    const tls = authority.issue('localhost', 'a year');
    const listener = { host: '127.0.0.1', port: 0, protocols: ['teltonika'] };
    const broken = { ...tls, certFile: join(folder, 'odograph.json') };
    const seen = await doctor({
      listeners: [
        { ...listener, name: 'good', tls },
        { ...listener, name: 'bad', tls: broken },
        { ...listener, name: 'short', tls: authority.issue('localhost') },
        { ...listener, name: 'old', tls: authority.issue('localhost', 'ended') },
      ],
      clickhouse: AWAY,
    });
    authority.remove();
    const [good] = about(seen, 'config', 'certificate of listener good');
    expect(good).toMatchObject({ status: 'OK', saw: expect.stringContaining('is good until') as string });
    const [short] = about(seen, 'config', 'certificate of listener short');
    expect(short).toMatchObject({ status: 'WARN', change: expect.stringContaining('renew it soon') as string });
    const [old] = about(seen, 'config', 'certificate of listener old');
    expect(old).toMatchObject({ status: 'FAIL', saw: expect.stringContaining('has ended on') as string });
    expect(about(seen, 'config', 'certificate of listener bad')).toMatchObject([{ status: 'FAIL' }]);
  });
});
