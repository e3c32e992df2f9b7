import { ERROR_CODES, type ErrorCode, type ErrorFacts } from './codes.ts';

interface GatewayErrorOptions extends ErrorOptions {
  reasons?: readonly string[];
}

/** An error with a code of the table. The code stands in the message, so that a garbled log can still be searched. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  /** What happened, without the code. */
  readonly detail: string;
  /** Everything that is wrong, one by one, where the detail tells of several things. */
  readonly reasons: readonly string[];

  constructor(code: ErrorCode, detail: string, { reasons = [], ...options }: GatewayErrorOptions = {}) {
    super(`${detail} [${code}]`, options);
    this.name = 'GatewayError';
    this.code = code;
    this.detail = detail;
    this.reasons = reasons;
  }

  /** What the table says of this code. */
  get facts(): ErrorFacts {
    return ERROR_CODES[this.code];
  }
}

/** Finds the first gateway error in a chain of causes, or `undefined`. */
export function findGatewayError(error: unknown): GatewayError | undefined {
  const seen = new Set<unknown>();
  for (let e = error; e instanceof Error && !seen.has(e); e = e.cause) {
    if (e instanceof GatewayError) return e;
    seen.add(e);
  }
  return undefined;
}

/** Tells whether trying again can help. Errors without a code are not worth another try. */
export function isRetryable(error: unknown): boolean {
  return findGatewayError(error)?.facts.retryable ?? false;
}

/** Tells whether the session in which it arose must end. */
export function endsSession(error: unknown): boolean {
  const found = findGatewayError(error);
  return found === undefined || found.facts.recovery === 'close';
}
