/** What the page asks of the gateway, by addresses beside its own. Nothing here throws for what the network does. */
import type { Device } from './memory.ts';
import type { Batch } from './queue.ts';

/** How the gateway answered to a link. */
export type Opened = { kind: 'opened'; device: Device } | { kind: 'unknown' | 'used' | 'expired' | 'away' };

/** How a tracker stands. */
export interface Standing {
  trackerName: string;
  status: string;
  metres: number;
  neededM: number;
}

/** How a batch ended: `confirmed` are the numbers of fixes that are durable, or can never be taken. */
export type Pushed =
  | { kind: 'taken'; confirmed: readonly number[] }
  /** The gateway is there and wants it later, in that time at the earliest. */
  | { kind: 'later'; afterMs: number }
  | { kind: 'too-long' }
  /** Nothing is taken from this device any more. */
  | { kind: 'ended' }
  /** No answer: the network is gone, or the gateway. */
  | { kind: 'away' };

const TIMEOUT_MS = 20_000;
const LATER_MS = 5_000;
/** A fix that is sent later than this after it was made had to wait, ms. */
const LIVE_MS = 30_000;

const REFUSALS: Readonly<Record<string, 'unknown' | 'used' | 'expired'>> = {
  PageLinkNotFound: 'unknown',
  PageLinkUsed: 'used',
  PageLinkExpired: 'expired',
  ApiAttributeException: 'unknown',
};

/** Opens a link with a secret of this page: again and again the same. */
export async function openLink(link: string, secret: string): Promise<Opened> {
  const answer = await ask('../v1/html5/open', { method: 'POST', body: JSON.stringify({ link, secret }) });
  const { address, tracker_id: trackerName, name } = answer?.body ?? {};
  if (answer?.status === 200 && typeof address === 'string') {
    return { kind: 'opened', device: { address, secret, trackerName: String(trackerName) } };
  }
  return { kind: REFUSALS[String(name)] ?? 'away' };
}

/** Asks how the tracker stands; `null` where nobody answers, `ended` where it is the page's no more. */
export async function askStanding({ address, secret }: Device): Promise<Standing | 'ended' | null> {
  const answer = await ask(`../v1/html5/pages/${address}`, { secret });
  if (answer?.status === 410) return 'ended';
  if (answer?.status !== 200) return null;
  const { tracker_id, validation_status, metres, needed_metres } = answer.body;
  return {
    trackerName: String(tracker_id),
    status: String(validation_status),
    metres: Number(metres),
    neededM: Number(needed_metres),
  };
}

/** Sends a batch. */
export async function push({ address, secret }: Device, { number, fixes }: Batch): Promise<Pushed> {
  const now = Date.now();
  const body = JSON.stringify({
    batch: number,
    fixes: fixes.map(({ id, seq, timestamp, coords }) => ({
      id,
      seq,
      timestamp,
      coords,
      ...(now - timestamp > LIVE_MS ? { queued: true } : {}),
    })),
  });
  const answer = await ask(`../push/${address}`, { method: 'POST', body, secret });
  if (answer === null) return { kind: 'away' };
  const { status, retryAfterS } = answer;
  if (status === 200) return { kind: 'taken', confirmed: confirmedBy(answer.body, number, fixes) };
  if (status === 413) return { kind: 'too-long' };
  if (status === 401 || status === 404 || status === 410) return { kind: 'ended' };
  return { kind: 'later', afterMs: Number.isFinite(retryAfterS) ? retryAfterS * 1_000 : LATER_MS };
}

/** Numbers of those fixes that the answer names, up to where it says that all is durable: nothing else may be forgotten. */
function confirmedBy(body: Answer['body'], number: number, fixes: Batch['fixes']): number[] {
  const { accepted, rejected, batch, through } = body;
  if (batch !== number || typeof through !== 'number') return [];
  const named = new Set([
    ...(Array.isArray(accepted) ? (accepted as unknown[]) : []),
    ...(Array.isArray(rejected) ? (rejected as { id?: unknown }[]).map(({ id }) => id) : []),
  ]);
  return fixes.filter(({ id, seq }) => seq <= through && named.has(id)).map(({ seq }) => seq);
}

interface Answer {
  status: number;
  retryAfterS: number;
  body: Record<string, unknown>;
}

/** Makes a request; `null` where no answer of the gateway came. */
async function ask(
  path: string,
  { secret, ...request }: { method?: 'POST'; body?: string; secret?: string },
): Promise<Answer | null> {
  try {
    const response = await fetch(new URL(path, document.baseURI), {
      ...request,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // What is no JSON comes from something on the way: a portal of a hotel, a proxy without its gateway.
    const body = response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
    return { status: response.status, retryAfterS: Number(response.headers.get('retry-after') ?? Number.NaN), body };
  } catch {
    return null;
  }
}
