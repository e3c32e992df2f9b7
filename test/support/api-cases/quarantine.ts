import { expect } from 'vitest';
import type { Rows } from '../../../src/reading/rows.ts';
import type { Connection } from '../../../src/sink/clickhouse/connection.ts';
import { columnTypes, FAST_TABLES } from '../../../src/sink/clickhouse/columns.ts';
import type { RouteCases, World } from './route-case.ts';

const ID = '00000000000000aa-7';
const nowhere = { params: { id: '00000000000000aa-8' } };

/** A frame as ClickHouse gives it. */
const ROW = {
  received_ms: String(Date.UTC(2026, 0, 15)),
  spool: '00000000000000aa',
  seq: '7',
  row_index: '0',
  code: 'wire_crc',
  detail: 'the checksum differs',
  ident: '356307042441013',
  protocol: 'teltonika',
  codec_version: 1,
  transport: 'tcp',
  listener: 'trackers',
  peer: '203.0.113.9:40122',
  session_id: '00112233445566aa',
  company_id: '',
  frame: Buffer.from('00', 'hex').toString('base64'),
  owner_oid: 't1',
  owner_name: '356307042441013',
  retried_ms: '0',
  retry_result: '',
  retry_code: '',
  retry_detail: '',
  retry_version: 0,
  retry_messages: 0,
};

const done = (): Promise<void> => Promise.resolve();

/** A ClickHouse that has one frame of the company in quarantine, and takes what it is given; or none. What SQL finds, flow tests see. */
function having(world: World, isAway = false): void {
  const rows = <Row>(sql: string, asked: Record<string, unknown> = {}): Promise<Row[]> => {
    if (sql.includes('system.columns')) {
      const table = FAST_TABLES.find((each) => each === asked['table']);
      const columns = table === undefined ? [] : columnTypes(table).map(([name, type]) => ({ name, type }));
      return Promise.resolve(columns as Row[]);
    }
    const isOwn = asked['company'] === '' || asked['company'] === world.companyId;
    const isMeant = asked['seq'] === undefined || asked['seq'] === 7;
    const found = sql.includes('quarantine_retries') && isOwn && isMeant;
    return Promise.resolve((found ? [{ ...ROW, owner_company: world.companyId }] : []) as Row[]);
  };
  const taking = { database: 'odograph', rows, insertObjects: done, command: done, isUnderWay: () => Promise.resolve(false) };
  world.api.rows = isAway ? null : ({ rows } satisfies Rows);
  world.api.clickhouse = isAway ? null : (taking as unknown as Connection);
}

const one = (world: World) => {
  having(world);
  return { params: { id: ID } };
};
const away = (world: World) => {
  having(world, true);
  return { params: { id: ID } };
};
const single: RouteCases[string] = {
  request: one,
  status: 200,
  tenancy: 'QuarantineNotFound',
  errors: {
    QuarantineNotFound: (world) => {
      having(world);
      return nowhere;
    },
    TelemetryAway: away,
  },
};
/** Another company's list is empty, and the own one is not. */
const list = (body?: object): RouteCases[string] => {
  const asking = body === undefined ? {} : { body };
  return {
    request: (world) => {
      having(world);
      return asking;
    },
    status: 200,
    tenancy: async ({ body: answer }, world) => {
      expect(answer['items']).toEqual([]);
      const all = await world.api.ask('GET', '/v1/quarantine', { key: world.operatorKey });
      expect(all.body['items']).toHaveLength(1);
    },
    errors: {
      TelemetryAway: (world) => {
        having(world, true);
        return asking;
      },
    },
  };
};

export const QUARANTINE_CASES: RouteCases = {
  'GET /v1/quarantine': list(),
  'GET /v1/quarantine/:id': single,
  'POST /v1/quarantine/:id/retry': single,
  'POST /v1/quarantine/retry': list({ code: 'wire_crc' }),
};
