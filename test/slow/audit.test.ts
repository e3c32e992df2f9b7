/** The spool compared with ClickHouse by the command line: beside a running gateway and without one, and rows that are missing brought back. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEndpoint } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { Connection } from '../../src/sink/clickhouse/connection.ts';
import type { AuditReport } from '../../src/audit/report.ts';
import { odograph, type Ran } from '../../src/cli/cli-fixture.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { SteadyDevice } from '../support/steady-device.ts';

const IDENTS = ['001010010000060', '356307042441013'];
const FRAMES = 30;
const dataDir = newDataDir();
let gateway: RunningGateway;
let connection: Connection;

beforeAll(async () => {
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 } }, dataDir);
  await gateway.ask('POST', '/v1/trackers/register', {
    tracker_id: IDENTS[1],
    provider: 'astrata',
    type: 'obd',
    vehicle_type: 'car',
    object_id: { license_plate: '6666KKK', make: 'Honda', model: 'Civic' },
  });
  for (const ident of IDENTS) {
    const device = await SteadyDevice.connect(gateway.port(), ident);
    for (let i = 0; i < FRAMES; i++) await device.send(1);
    await device.allAcknowledged();
    device.leave();
  }
  await gateway.stored();
  const endpoint = readEndpoint(join(dataDir, 'data', 'clickhouse'));
  if (endpoint === null) throw new Error('no engine runs');
  const settings = { mutations_sync: 2, lightweight_deletes_sync: 2 };
  connection = new Connection({ ...endpoint, database: 'odograph', requestTimeoutMs: 20_000, connections: 1, settings });
}, 60_000);
afterAll(async () => {
  await connection.close();
  await gateway.remove();
});

async function audit(...words: string[]): Promise<Ran & { report: AuditReport & { ok: boolean } }> {
  const ran = await odograph('audit', '--json', '--config', join(dataDir, 'odograph.yaml'), ...words);
  if (ran.out === '') throw new Error(ran.err);
  return { ...ran, report: JSON.parse(ran.out) as AuditReport & { ok: boolean } };
}
const columnOf = ({ tables }: AuditReport, column: keyof AuditReport['tables']['frames']): number[] =>
  [tables.frames, tables.messages, tables.quarantine].map((counts) => counts[column]);

describe('an audit', () => {
  test('finds everything there, once', async () => {
    // Each device logs in, which leaves a frame and no message.
    const { code, report } = await audit();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, records: 62, waiting: 0, corrupt: 0 });
    expect(columnOf(report, 'expected')).toEqual([62, 60, 0]);
    expect(code).toBe(0);
  });

  test('names what is missing, brings it back when it is told to, and only once', async () => {
    await connection.command(`ALTER TABLE odograph.messages DELETE WHERE ident = '${IDENTS[0]}' AND spool_seq % 2 = 0`);
    await connection.command(`ALTER TABLE odograph.frames DELETE WHERE ident = '${IDENTS[1]}' AND spool_seq % 3 = 0`);
    const found = await audit();
    const [frames, messages] = columnOf(found.report, 'missing');
    expect(messages).toBeGreaterThanOrEqual(FRAMES / 2 - 1);
    expect(frames).toBeGreaterThanOrEqual(FRAMES / 3 - 1);
    expect(found).toMatchObject({ code: 1, report: { ok: false } });
    expect(found.report.findings[0]).toMatchObject({
      kind: 'missing',
      recordId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });

    const other = await audit('--tracker', IDENTS[1] ?? '');
    expect(columnOf(other.report, 'missing')).toEqual([frames, 0, 0]);
    const later = await audit('--from', new Date(Date.now() + 3_600_000).toISOString());
    expect(later.report).toMatchObject({ ok: true, records: 0 });

    const repaired = await audit('--repair');
    expect(columnOf(repaired.report, 'repaired')).toEqual([frames, messages, 0]);
    expect(repaired).toMatchObject({ code: 0, report: { ok: true } });
    const [rows] = await gateway.rows<{ raw: string; once: string }>(
      'SELECT count() AS raw, uniqExact(ident, device_time, record_id) AS once FROM odograph.messages',
    );
    expect(rows).toEqual({ raw: '60', once: '60' });
    expect((await audit('--repair')).report).toMatchObject({ ok: true, tables: { messages: { missing: 0, repaired: 0 } } });
  });

  test('tells rows that a merge takes away from rows that stay twice, and from those that no record says', async () => {
    await connection.command('SYSTEM STOP MERGES odograph.messages');
    await connection.command('INSERT INTO odograph.messages SELECT * FROM odograph.messages WHERE spool_seq BETWEEN 2 AND 5');
    try {
      const merged = await audit();
      expect(merged).toMatchObject({ code: 0, report: { ok: true, tables: { messages: { mergeable: 4, duplicates: 0 } } } });
      await connection.command(
        'INSERT INTO odograph.messages SELECT * REPLACE (device_time + INTERVAL 1 SECOND AS device_time) FROM odograph.messages WHERE spool_seq = 7 LIMIT 1',
      );
      const doubled = await audit();
      expect(doubled).toMatchObject({
        code: 1,
        report: { ok: false, tables: { messages: { duplicates: 1, unexplained: 1 } } },
      });
    } finally {
      await connection.command('SYSTEM START MERGES odograph.messages');
    }
    await connection.command('ALTER TABLE odograph.messages DELETE WHERE spool_seq = 7');
    expect((await audit('--repair')).code).toBe(0);
  });

  test('tells of frames whose records the spool has lost', async () => {
    await connection.command(
      'INSERT INTO odograph.frames SELECT * REPLACE (1000000 AS spool_seq) FROM (SELECT * FROM odograph.frames WHERE spool_seq = 7 LIMIT 1)',
    );
    expect(await audit()).toMatchObject({ code: 1, report: { ok: false, beyond: 1 } });
    await connection.command('ALTER TABLE odograph.frames DELETE WHERE spool_seq = 1000000');
  });

  test('does its work without a gateway, too', async () => {
    await connection.command('ALTER TABLE odograph.messages DELETE WHERE spool_seq > 50');
    await connection.close();
    await gateway.stop();
    const table = await odograph('audit', '--config', join(dataDir, 'odograph.yaml'));
    expect(table.code).toBe(1);
    expect(table.out).toContain('missing');
    expect(await audit('--repair')).toMatchObject({ code: 0, report: { ok: true } });
    expect(await audit()).toMatchObject({ code: 0, report: { ok: true, tables: { messages: { missing: 0 } } } });
  });
});
