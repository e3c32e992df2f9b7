import { expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { html5 } from './index.ts';

describeDecoder(html5, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = 'phone-7') {
  return html5.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const fix = { id: 'a', seq: 1, timestamp: 1_773_040_445_000, coords: { latitude: 41.4, longitude: 2.2, accuracy: 8 } };

test('a fix that is sent again, queued by then, and among others, is the same message', () => {
  const live = decode([fix]);
  const again = decode([
    { ...fix, id: 'b', timestamp: 1_773_040_400_000 },
    { ...fix, queued: true },
  ]);
  expect(again.messages[1]?.identity).toEqual(live.messages[0]?.identity);
  expect(again.pushed?.dedupeKeys).toContain(live.pushed?.dedupeKeys[0]);
  expect(again.messages.map(({ stored }) => stored)).toEqual([false, true]);
});

test('a body cannot say whose it is', () => {
  const [message] = decode([{ ...fix, device: 'another', ident: 'another' }]).messages;
  expect(decode([fix], 'phone-7').ident).toBe('phone-7');
  expect(message?.ident).toBeNull();
  expect(decode([fix], null).messages).toEqual([]);
});

test('the page hears of each fix which it may forget, and why one can never be taken', () => {
  const { reply } = decode([
    fix,
    { ...fix, id: 'b', timestamp: null },
    { ...fix, id: 'c', coords: { ...fix.coords, latitude: 100 } },
  ]);
  expect(JSON.parse(new TextDecoder().decode(reply ?? new Uint8Array(0)))).toEqual({
    accepted: ['a'],
    rejected: [
      { id: 'b', reason: expect.stringContaining('$[1]: this is no fix') as unknown },
      { id: 'c', reason: '$[2].coords.latitude: lat is 100, which cannot be' },
    ],
  });
});

test('to a batch it is told which one it was, and through which number all of it is taken', () => {
  const answer = (body: unknown): unknown => JSON.parse(new TextDecoder().decode(decode(body).reply ?? new Uint8Array(0)));
  const fixes = [
    { ...fix, seq: 8 },
    { ...fix, id: 'b', seq: 9, timestamp: null },
  ];
  expect(answer({ batch: 3, fixes })).toEqual({
    accepted: ['a'],
    rejected: [{ id: 'b', reason: expect.stringContaining('$.fixes[1]: this is no fix') as unknown }],
    batch: 3,
    through: 9,
  });
  expect(answer({ batch: 4, fixes: [] })).toEqual({ accepted: [], rejected: [], batch: 4, through: null });
  expect(decode({ batch: 4, fixes: [] }).kind).toBe('heartbeat');
  expect(decode({ batch: 3, fixes }).messages[0]?.identity).toEqual(decode([{ ...fix, seq: 8 }]).messages[0]?.identity);
});

test('speeds are metres a second', () => {
  expect(decode({ ...fix, coords: { ...fix.coords, speed: 10 } }).messages[0]?.fix?.speedKmh).toBe(36);
});

test('of the eleventh fix of a batch the fault is not taken for one of the first', () => {
  const items = Array.from({ length: 12 }, (_, i) => ({
    ...fix,
    id: String(i),
    timestamp: i === 11 ? 'x' : fix.timestamp + i,
  }));
  const answer = JSON.parse(new TextDecoder().decode(decode(items).reply ?? new Uint8Array(0))) as { accepted: string[] };
  expect(answer.accepted).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
});
