/** Errors of the API, as the console shows them. */
import { texts } from '../texts/index.ts';

/** What went wrong, in words somebody can act on. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** Status of the answer; 0 where there was none. */
  readonly status: number;
  /** Name of the error, as docs/ERRORS.md has it; empty where there is none. */
  readonly code: string;
  /** All that is wrong with a request, one by one. */
  readonly reasons: readonly string[];

  constructor(
    message: string,
    { status = 0, code = '', reasons = [] }: { status?: number; code?: string; reasons?: readonly string[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.reasons = reasons;
  }
}

/** Makes a problem of an answer that is none of the good ones. */
export function problemOf({ status, headers }: Response, body: unknown): Problem {
  if (status === 429) return new Problem(texts.errors.busy(Number(headers.get('retry-after') ?? '1')), { status });
  const { name, msg, problems } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const reasons = Array.isArray(problems) ? problems.map(String) : [];
  const says = typeof msg === 'string' ? msg : texts.errors.refused(status);
  return new Problem(says, { status, code: typeof name === 'string' ? name : '', reasons });
}

/** Makes a problem of whatever was thrown: a request that got no answer throws `TypeError`. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) return new Problem(texts.errors.away);
  return new Problem(thrown instanceof Error ? thrown.message : String(thrown));
}
