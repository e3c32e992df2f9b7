import type { Received } from './webhook-receiver.ts';

/** Transitions a receiver was told of, by tracker, each when it came first, in that order. */
export function transitionsTold(received: readonly Received[]): Map<string, number[]> {
  const told = new Map<string, number[]>();
  for (const { body } of received) {
    const { data } = JSON.parse(body) as { data: { transition: { id: string; number: number } } };
    const oid = data.transition.id.slice(0, data.transition.id.lastIndexOf('-'));
    const numbers = told.get(oid) ?? [];
    if (!numbers.includes(data.transition.number)) numbers.push(data.transition.number);
    told.set(oid, numbers);
  }
  return told;
}
