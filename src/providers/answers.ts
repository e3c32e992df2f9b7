/** What adapters have in common: reading answers, and the words for those that say nothing about the vehicle. */
import type { EpochMs } from '#model/clocks';
import { identKey } from '#model/tracker';
import type { AccountTrial, ApiAnswer, Failure, ValidationContext, Verdict, Waiting } from './adapter.ts';

/** Longest pause a cloud may ask for, ms. */
const MAX_PAUSE_MS = 3_600_000;

export function failed(trigger: Failure, cause: string): Verdict {
  return { kind: 'failed', trigger, cause };
}

/** Waits until the next look at a cloud that has answered. */
export function poll({ at, settings }: Pick<ValidationContext, 'at' | 'settings'>, what: string, answer: string): Verdict {
  return { kind: 'wait', for: what, retryAt: at + settings.pollMs, answer };
}

/** Gives the answer where it says something, and a verdict to wait where it is trouble of the cloud or of the way there. */
export function spoken(
  answer: ApiAnswer | { trouble: string },
  who: string,
  at: EpochMs,
): { answer: ApiAnswer; wait: null } | { wait: Waiting } {
  const what = `an answer of ${who}`;
  if ('trouble' in answer) return { wait: { kind: 'wait', for: what, retryAt: null, answer: answer.trouble } };
  const { status, headers } = answer;
  if (status !== 429 && status < 500) return { answer, wait: null };
  const asked = pauseOf(headers, at);
  const retryAt = asked === null ? null : at + Math.min(asked, MAX_PAUSE_MS);
  const words = status === 429 ? 'it is asked too often' : 'it has trouble of its own';
  return { wait: { kind: 'wait', for: what, retryAt, answer: `${who} answers ${status}: ${words}` } };
}

/** What an answer says of giving back: `null` where it is done, also where there was nothing, else that it is to be tried again. */
export function releasedBy(answer: ApiAnswer | { trouble: string }, who: string, at: EpochMs): Waiting | null {
  const heard = spoken(answer, who, at);
  if (heard.wait !== null) return heard.wait;
  const { status } = heard.answer;
  if (status < 300 || status === 404 || status === 410) return null;
  return { kind: 'wait', for: `${who} to take back what was asked for`, retryAt: null, answer: `${who} answers ${status}` };
}

/** The trial of an account at a cloud that the operator has not configured. */
export const NOT_ASKED: AccountTrial = { ok: null, reason: 'the operator has configured no address of its cloud' };

/** What an answer says of the account that asked. */
export function trialOf(answer: ApiAnswer | { trouble: string }, who: string): AccountTrial {
  if ('trouble' in answer) return { ok: null, reason: answer.trouble };
  const { status } = answer;
  if (status >= 200 && status < 300) return { ok: true };
  if (status === 429 || status >= 500) return { ok: null, reason: `${who} answers ${status}` };
  return { ok: false, reason: `${who} answers ${status}: it refuses the credentials` };
}

/** Pause a cloud asks for, ms; `null` where it asks for none. */
function pauseOf(headers: Readonly<Record<string, string>>, at: EpochMs): number | null {
  const text = headers['retry-after'] ?? headers['x-ratelimit-retry-after-seconds'];
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - at;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** A part of a JSON value, or `undefined` where there is none. */
export function part(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

/** The records of a JSON list; none where it is no list. */
export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells whether a value of a provider names the same thing as an id of ours. */
export function isSameId(value: unknown, id: string): boolean {
  return typeof value === 'string' && identKey(value) !== '' && identKey(value) === identKey(id);
}

/** Words of the cloud, short enough for a history; empty where it gave none. */
export function wordsOf(...values: readonly unknown[]): string {
  const text = values.find((value): value is string => typeof value === 'string' && value.trim() !== '');
  return text === undefined ? '' : ` (${text.trim().slice(0, 200)})`;
}
