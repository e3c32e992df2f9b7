/** The doctor on a real machine: a folder in memory, a port that is taken, an engine that is away, a limit that is too low, and all well. */
import { execFile } from 'node:child_process';
import { mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { odograph } from '../../src/cli/cli-fixture.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { RunningGateway, newDataDir } from '../support/running-gateway.ts';

const AWAY = { mode: 'server', url: 'http://127.0.0.1:9' };
const MEMORY = '/dev/shm';
const TMPFS = 0x0102_1994;
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

const about = ({ findings }: Seen, area: string, what: string): Finding[] =>
  findings.filter((finding) => finding.area === area && finding.what === what);

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
    const main = join(import.meta.dirname, '../../src/main.ts');
    const line = 'ulimit -n 200; exec "$0" --disable-warning=ExperimentalWarning "$@"';
    const words = ['-c', line, process.execPath, main, 'doctor', '--json', '--config', fileOf({ clickhouse: AWAY })];
    const { stdout } = await promisify(execFile)('sh', words, { encoding: 'utf8' }).catch(
      (error: unknown) => error as { stdout: string },
    );
    const seen = JSON.parse(stdout) as Seen;
    expect(about(seen, 'limits', 'open files')).toMatchObject([
      { status: 'FAIL', saw: expect.stringMatching(/^200 may be open/) as string },
    ]);
  });

  test.runIf(haveOpenssl)('reads certificates, and says of one that is none what is wrong', async () => {
    const authority = new Authority();
    const tls = authority.issue('localhost');
    const listener = { host: '127.0.0.1', port: 0, protocols: ['teltonika'] };
    const broken = { ...tls, certFile: join(folder, 'odograph.json') };
    const seen = await doctor({
      listeners: [
        { ...listener, name: 'good', tls },
        { ...listener, name: 'bad', tls: broken },
      ],
      clickhouse: AWAY,
    });
    authority.remove();
    expect(about(seen, 'config', 'certificate of listener good')[0]?.saw).toContain('is good until');
    expect(about(seen, 'config', 'certificate of listener bad')).toMatchObject([{ status: 'FAIL' }]);
  });
});
