import { expect, test } from 'vitest';
import { signalOf, stateOf } from '#model/message';
import { SIGNALS } from '#model/signals';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { cloudevents } from './index.ts';

describeDecoder(cloudevents, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return cloudevents.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const event = { specversion: '1.0', id: '1', source: 's', type: 't', time: '2026-03-09T07:14:05Z', subject: 'van-1' };

test('the same telemetry is the same message, alone, in a batch, and under another id', () => {
  const data = { signals: { 'consumption.fuel.level': 55 } };
  const first = decode({ ...event, data });
  const again = decode([
    { ...event, id: '0', subject: 'van-2', data },
    { data, ...event, type: 'u' },
  ]);
  expect(again.messages[1]?.identity).toEqual(first.messages[0]?.identity);
  expect(again.pushed?.dedupeKeys).toEqual(['s|0', 's|1']);
});

test('a signal of each key of the catalogue is taken in its unit', () => {
  const taken = SIGNALS.filter(({ key, type }) => {
    const value = type === 'text' ? 'x' : 1;
    const [message] = decode({ ...event, data: { signals: { [key]: value } } }).messages;
    return message !== undefined && (type === 'text' ? stateOf(message, key) === 'x' : signalOf(message, key) === 1);
  });
  expect(taken).toHaveLength(SIGNALS.length);
});

test.each([
  [{ value: 10, unit: 'm/s' }, 36],
  [{ value: 10, unit: 'KMH' }, 10],
  [10, 10],
  ['10', 10],
])('a value says its own unit: %j', (value, kmh) => {
  const [message] = decode({ ...event, data: { signals: { 'wheels.speed.value': value } } }).messages;
  expect(message && signalOf(message, 'wheels.speed.value')).toBe(kmh);
});
