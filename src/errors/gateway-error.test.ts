import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from './codes.ts';
import { endsSession, findGatewayError, GatewayError, isRetryable } from './gateway-error.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('a gateway error', () => {
  it.each(codes)('%s carries its code in the message and its facts', (code) => {
    const error = new GatewayError(code, 'what happened');
    expect(error.message).toBe(`what happened [${code}]`);
    expect(isRetryable(error)).toBe(ERROR_CODES[code].retryable);
    expect(endsSession(error)).toBe(ERROR_CODES[code].recovery === 'close');
  });

  it('is found behind other errors, also in a chain that bites its tail', () => {
    const inner = new GatewayError('spool_io', 'disk');
    expect(findGatewayError(new Error('outer', { cause: inner }))).toBe(inner);
    const circle = new Error('circle');
    circle.cause = circle;
    expect(findGatewayError(circle)).toBeUndefined();
  });

  it('is told apart from whatever else can be thrown: no second try, and the session ends', () => {
    for (const thrown of [undefined, null, 0, 'text', {}, new Error('plain')]) {
      expect(isRetryable(thrown)).toBe(false);
      expect(endsSession(thrown)).toBe(true);
    }
  });
});
