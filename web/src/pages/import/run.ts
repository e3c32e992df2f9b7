/** Registers the lines of a file, a few at a time. Stopping and starting again registers nothing twice. */
import { ask } from '../../api/ask.ts';
import { asProblem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';
import { repeatKey, type ImportRow } from './rows.ts';

/** What became of a line. */
export type Outcome =
  | { state: 'running' }
  /** `there`: the company had it before. */
  | { state: 'registered' | 'there'; oid: string; status: string }
  | { state: 'failed'; says: string };

export interface RunOptions {
  rows: readonly ImportRow[];
  validate: boolean;
  signal: AbortSignal;
  told: (line: number, outcome: Outcome) => void;
}

const AT_A_TIME = 4;
/** Pause where the gateway is away or takes no more, ms. */
const PAUSE_MS = 2_000;
const TRIES = 5;

/** Ends when all lines have an outcome, or the signal says so. */
export async function runImport({ rows, validate, signal, told }: RunOptions): Promise<void> {
  const waiting = rows.values();
  const worker = async () => {
    for (const row of waiting) {
      if (signal.aborted) return;
      told(row.line, { state: 'running' });
      told(row.line, await register(row, validate));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

async function register(row: ImportRow, validate: boolean): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await registerOnce(row);
      const isPending = made.status === 'pending' || made.status === 'wrong_tracker_id';
      return validate && isPending ? { ...made, status: await validateOnce(row) } : made;
    } catch (error) {
      const { status, message, reasons } = asProblem(error);
      const passes = status === 0 || status === 429 || status === 503;
      if (!passes || attempt === TRIES) return { state: 'failed', says: reasons.length > 0 ? reasons.join('; ') : message };
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

async function registerOnce({ body }: ImportRow): Promise<Extract<Outcome, { oid: string }>> {
  const { client, company } = present();
  const header = { 'idempotency-key': await repeatKey(company?.oid ?? '', body) };
  try {
    const { oid, validation_status: status } = await ask(client.POST('/v1/trackers/register', { params: { header }, body }));
    return { state: 'registered', oid, status };
  } catch (error) {
    if (asProblem(error).code !== 'TrackerAlreadyRegistered') throw error;
    const query = { text: body.tracker_id, provider: body.provider as 'targa', limit: 50 };
    const { items } = await ask(client.GET('/v1/trackers', { params: { query } }));
    const own = items.find(
      ({ tracker_id: id, category }) =>
        id === body.tracker_id.toUpperCase() || (id === body.tracker_id && category !== 'disconnected'),
    );
    if (own === undefined) throw error;
    return { state: 'there', oid: own.oid, status: own.validation_status };
  }
}

async function validateOnce({ body: { tracker_id: trackerId, provider } }: ImportRow): Promise<string> {
  const answer = present().client.POST('/v1/trackers/validate', { body: { tracker_id: trackerId, provider } });
  return (await ask(answer)).validation_status;
}
