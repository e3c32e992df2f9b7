/** What the answer to a delivery means. */
import type { ErrorCode } from '#errors/codes';
import type { EpochMs } from '#model/clocks';

/** How one POST ended. */
export type PostResult = {
  /** Duration, ms. */
  ms: number;
} & (
  | {
      /** An answer came. */
      status: number;
      /** The header `retry-after` as it came; `null` where there is none. */
      retryAfter: string | null;
      /** The beginning of the answer's body. */
      response: string;
    }
  | {
      status: null;
      /** Why no answer came. */
      code: ErrorCode;
      detail: string;
    }
);

/** What follows from it. */
export interface Verdict {
  /** `gone` is a receiver's word that nothing shall come again. */
  outcome: 'delivered' | 'failed' | 'gone';
  /** What failed; `null` where it was delivered. */
  code: ErrorCode | null;
  detail: string;
  /** How long the receiver asks to wait, ms; `null` where it does not. */
  retryAfterMs: number | null;
}

const GONE = 410;
/** Answers whose `retry-after` is believed. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

/** Judges a POST: only 2xx says "received". A redirect does not: where it leads was never agreed on. */
export function judge(result: PostResult, now: EpochMs): Verdict {
  if (result.status === null) return { outcome: 'failed', code: result.code, detail: result.detail, retryAfterMs: null };
  const { status } = result;
  if (status >= 200 && status < 300)
    return { outcome: 'delivered', code: null, detail: `answered ${status}`, retryAfterMs: null };
  if (status === GONE) return { outcome: 'gone', code: 'webhook_gone', detail: 'answered 410 Gone', retryAfterMs: null };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  const retryAfterMs = BUSY.has(status) ? retryAfterOf(result.retryAfter, now) : null;
  return { outcome: 'failed', code: 'webhook_answer', detail: `answered ${status}${redirect}`, retryAfterMs };
}

/** Reads `retry-after`: seconds, or a date. */
function retryAfterOf(text: string | null, now: EpochMs): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
