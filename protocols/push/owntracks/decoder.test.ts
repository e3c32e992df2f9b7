import { expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { owntracks } from './index.ts';

describeDecoder(owntracks, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = 'anna/pixel') {
  return owntracks.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const location = { _type: 'location', lat: 48.9, lon: 2.3, tst: 1_773_040_445, vel: 47, acc: 9 };

test('a location that is sent again later is the same message', () => {
  const first = decode({ ...location, created_at: 1, _id: 'a', topic: 'owntracks/anna/pixel' });
  const again = decode({ created_at: 99, ...location, _id: 'b' });
  expect(again.messages[0]?.identity).toEqual(first.messages[0]?.identity);
  expect(again.pushed?.dedupeKeys).toEqual(first.pushed?.dedupeKeys);
  expect(first.messages[0]?.fix?.speedKmh).toBe(47);
});

test('who the request proves counts before what the topic says', () => {
  expect(decode({ ...location, topic: 'owntracks/eve/phone' }, 'anna/pixel').ident).toBe('anna/pixel');
  expect(decode({ ...location, topic: 'owntracks/eve/phone' }, null).ident).toBe('eve/phone');
  expect(decode({ ...location, topic: 'nonsense' }, null).faults).toHaveLength(1);
});

test('an empty body is taken, and answered as all others are', () => {
  const empty = owntracks.decode(new Uint8Array(0), newSession('http'));
  expect([empty.kind, empty.faults, new TextDecoder().decode(empty.reply ?? new Uint8Array(0))]).toEqual([
    'heartbeat',
    [],
    '[]',
  ]);
});
