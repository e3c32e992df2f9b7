/** Answers a request that carries an idempotency key once, however often it comes. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '#model/json';
import type { Caller } from './access.ts';
import type { ApiErrorName } from './errors.ts';
import type { ApiServices } from './services.ts';

/** Headers of routes that answer once. */
export const onceHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'The same key gives the same answer for a day, however often the request is made' }),
});

/** Errors that such routes answer with besides their own. */
export const ONCE_ERRORS: readonly ApiErrorName[] = ['ApiIdempotencyKeyReused', 'ApiIdempotencyKeyBusy'];

/** What is looked at of a request. */
interface Repeated {
  method: string;
  url: string;
  headers: object;
  body: unknown;
  caller: Caller;
}

/**
 * Gives what `act` gives, or what it gave when the request came with the same key before. `act` gets an oid for what it makes where
 * there is a key.
 */
export async function answerOnce<Body>(
  { idempotency }: Pick<ApiServices, 'idempotency'>,
  { method, url, headers, body, caller }: Repeated,
  reply: { header: (name: string, value: string) => unknown },
  act: (oid?: string) => Promise<Body>,
): Promise<Body> {
  const key = (headers as Record<string, unknown>)['idempotency-key'];
  if (typeof key !== 'string') return act();
  const request = createHash('sha256')
    .update(JSON.stringify([method, url, body]))
    .digest('hex');
  const answer = await idempotency.once({ companyId: caller.companyId, key, request }, async (oid) => (await act(oid)) as Json);
  if (answer.isReplayed) reply.header('idempotent-replayed', 'true');
  return answer.body as Body;
}
