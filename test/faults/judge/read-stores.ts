/** Reads what the judge compares out of ClickHouse and the metrics of a gateway. */
import { INSTANCE_HEADER, readAdminAddress } from '../../../src/observe/admin-address.ts';
import type { GatewayStatus } from '../../../src/observe/status.ts';
import type { Content } from '../client/script.ts';
import type { JournalLine, LedgerLine, QuarantinedFrame, StoredRow, StoredTracker } from './stored.ts';

/** Asks ClickHouse, in the database of the gateway. */
export type Ask = <Row>(sql: string) => Promise<Row[]>;

interface MessageRow {
  at: string;
  spool: string;
  seq: string;
  row: number;
  content: Record<string, number | null>;
  signals: Record<string, number>;
}

const CONTENT = {
  lat: 'lat',
  lon: 'lon',
  speedKmh: 'speed_kmh',
  courseDeg: 'course_deg',
  altitudeM: 'altitude_m',
  satellites: 'satellites',
};

export async function readTracker(ask: Ask, ident: string): Promise<StoredTracker> {
  return { raw: await readRows(ask, ident, ''), final: await readRows(ask, ident, 'FINAL') };
}

async function readRows(ask: Ask, ident: string, final: '' | 'FINAL'): Promise<StoredRow[]> {
  const columns = Object.values(CONTENT).join(', ');
  const rows = await ask<MessageRow & Record<string, number | null>>(
    `SELECT toUnixTimestamp64Milli(device_time) AS at, lower(hex(spool_id)) AS spool, spool_seq AS seq, row_index AS row, ${columns},
            signals FROM messages ${final} WHERE ident = '${ident}'`,
  );
  return rows.map((row) => {
    const content: Record<string, number> = { ...row.signals };
    for (const [name, column] of Object.entries(CONTENT)) if (typeof row[column] === 'number') content[name] = row[column];
    const place = { spoolId: row.spool, spoolSeq: Number(row.seq), rowIndex: row.row };
    return { deviceTime: Number(row.at), ...place, content: content satisfies Content };
  });
}

/** Idents that `messages` has, so that rows of trackers nobody knows are seen. */
export async function readIdents(ask: Ask): Promise<string[]> {
  const rows = await ask<{ ident: string }>('SELECT DISTINCT ident FROM messages ORDER BY ident');
  return rows.map(({ ident }) => ident);
}

export function readQuarantine(ask: Ask): Promise<QuarantinedFrame[]> {
  return ask<QuarantinedFrame>('SELECT ident, code, lower(hex(frame)) AS hex FROM quarantine FINAL WHERE row_index = 0');
}

export async function readJournal(ask: Ask): Promise<JournalLine[]> {
  type Row = { listener: string; protocol: string; stored: string; duplicate: string; quarantined: string };
  const rows = await ask<Row>(
    `SELECT listener, protocol, countIf(outcome = 'stored') AS stored, countIf(outcome = 'duplicate') AS duplicate,
            countIf(outcome = 'quarantined') AS quarantined FROM frames FINAL GROUP BY listener, protocol`,
  );
  return rows.map(({ listener, protocol, stored, duplicate, quarantined }) => {
    return { listener, protocol, stored: Number(stored), duplicate: Number(duplicate), quarantined: Number(quarantined) };
  });
}

/** Asks the gateway that works on a folder for its ledger, which outlives it. */
export async function askLedger(dataDir: string): Promise<readonly LedgerLine[]> {
  const address = readAdminAddress(dataDir);
  const response = await fetch(`http://127.0.0.1:${address?.port}/ask/status`, {
    method: 'POST',
    headers: { [INSTANCE_HEADER]: address?.instance ?? '', 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`asked for its ledger, the gateway answers ${response.status}`);
  return ((await response.json()) as GatewayStatus).ledger;
}

/** Reads the ledger out of the metrics of a gateway, which begin anew with each of its lives. */
export function readLedger(metrics: ReadonlyMap<string, number>): LedgerLine[] {
  const lines = new Map<string, LedgerLine>();
  const fields: Record<string, keyof LedgerLine> = {
    odograph_frames_received_total: 'received',
    odograph_frames_in_flight: 'inFlight',
  };
  for (const [series, value] of metrics) {
    const [, name = '', words = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
    const labels = Object.fromEntries([...words.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]));
    const { listener = '', protocol = '', column = '' } = labels;
    const field = name === 'odograph_frames_total' ? column : fields[name];
    if (field === undefined || field === '') continue;
    const key = `${listener} ${protocol}`;
    let line = lines.get(key);
    if (line === undefined) {
      line = { listener, protocol, received: 0, stored: 0, duplicate: 0, quarantined: 0, refused: 0, inFlight: 0 };
      lines.set(key, line);
    }
    Object.assign(line, { [field]: value });
  }
  return [...lines.values()];
}
