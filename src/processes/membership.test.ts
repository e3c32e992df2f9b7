import { expect, it } from 'vitest';
import { Membership } from './membership.ts';

const member = (isFirst: boolean, claims: unknown[] = []): Membership =>
  new Membership({ sharesPorts: true, isFirst, others: [], onClaimed: (...claim) => claims.push(claim) });

it('takes the others for missing until it has heard of them, where it answers for them', () => {
  expect(member(true).othersMissing).toEqual(['the supervisor has not said yet how the other processes are']);
  expect(member(false).othersMissing).toEqual([]);
});

it('waits for ClickHouse until it was reached, and gives where the engine is now', async () => {
  const waiting = member(false);
  expect(() => waiting.engine).toThrow('the engine was not reached yet [sink_unreachable]');
  const reached = waiting.untilReached(new AbortController().signal);
  waiting.reached({ at: { url: 'http://127.0.0.1:1', headers: {} }, restarts: 0 });
  await reached;
  waiting.reached({ at: { url: 'http://127.0.0.1:2', headers: {} }, restarts: 1 });
  expect([waiting.engine?.url, waiting.engineRestarts]).toEqual(['http://127.0.0.1:2', 1]);
  waiting.reached({ at: null, restarts: 0 });
  expect(waiting.engine).toBeNull();
});

it('gives up waiting when it is to stop, before or meanwhile', async () => {
  const stopping = new AbortController();
  const meanwhile = member(false).untilReached(stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(meanwhile).rejects.toThrow('stopped');
  await expect(member(false).untilReached(stopping.signal)).rejects.toThrow('stopped');
});

it('passes on whom it has let in', () => {
  const claims: unknown[] = [];
  member(false, claims).claimed('356307042441013', 7);
  expect(claims).toEqual([['356307042441013', 7]]);
});
