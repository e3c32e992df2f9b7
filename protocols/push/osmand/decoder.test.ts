import { expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { osmand } from './index.ts';

describeDecoder(osmand, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return osmand.decode(new TextEncoder().encode(String(body)), { ...newSession('http'), ident });
}

test('speeds are metres a second in JSON and knots in a query', () => {
  const json = decode(
    JSON.stringify({
      location: { timestamp: '2026-03-09T07:14:05Z', coords: { latitude: 1, longitude: 2, speed: 10 } },
      device_id: 'v',
    }),
  );
  const query = decode('id=v&lat=1&lon=2&speed=10&timestamp=1773040445');
  expect(json.messages[0]?.fix?.speedKmh).toBe(36);
  expect(query.messages[0]?.fix?.speedKmh).toBe(18.52);
  expect(json.messages[0]?.deviceTime).toBe(query.messages[0]?.deviceTime);
});

test.each(['1773040445', '1773040445000', '2026-03-09T07:14:05Z', '2026-03-09 07:14:05'])(
  'the time %s is read',
  (timestamp) => {
    const query = `?id=v&lat=1&lon=2&timestamp=${encodeURIComponent(timestamp)}`;
    expect(decode(query).messages[0]?.deviceTime).toBe(1_773_040_445_000);
  },
);

test('the same report is the same message, whatever the order of its parameters', () => {
  const [one, other] = [decode('id=v&lat=1&lon=2'), decode('lon=2&id=v&lat=1')];
  expect(other.messages[0]?.identity).toEqual(one.messages[0]?.identity);
  expect(other.pushed).toEqual(one.pushed);
  expect(decode('id=v&lat=1&lon=3').messages[0]?.identity).not.toEqual(one.messages[0]?.identity);
});

test('a query is bounded in what it can say', () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `p${i}=1`).join('&');
  expect(decode(`id=v&${many}`).messages[0]?.stateKeys.length).toBeLessThan(250);
});
