import { expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { hyundaiKia } from './index.ts';

describeDecoder(hyundaiKia, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return hyundaiKia.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const AT = '2026-03-09T07:14:05.628123456Z';
const speed = { value: 33, eventTime: AT };

const item = (data: object) => ({ messageTime: AT, data });

test('nested and dotted keys are the same message, in whatever batch', () => {
  const dotted = decode({ vin: 'KMH1', vehicleId: 'a', itemsCount: 1, items: [item({ 'Vehicle.Speed': speed })] });
  const other = { messageTime: '2026-03-09T07:00:00Z', data: { 'Vehicle.Odometer': { value: 1 } } };
  const nested = decode({ items: [other, item({ Vehicle: { Speed: speed } })], vin: 'kmh1' });
  expect(nested.messages[1]?.identity).toEqual(dotted.messages[0]?.identity);
  expect(nested.pushed?.dedupeKeys).toContain(dotted.pushed?.dedupeKeys[0]);
});

test('nanoseconds are cut to milliseconds, and still tell two keys apart', () => {
  const { messages, pushed } = decode({
    vin: 'KMH1',
    items: [
      { messageTime: AT, data: { 'Vehicle.Speed': { value: 1 } } },
      { messageTime: '2026-03-09T07:14:05.628999999Z', data: { 'Vehicle.Odometer': { value: 1 } } },
    ],
  });
  expect(messages.map(({ deviceTime }) => deviceTime)).toEqual([Date.parse('2026-03-09T07:14:05.628Z')]);
  expect(pushed?.dedupeKeys).toHaveLength(2);
});

test('the end of a consent obliges to erase all of each vehicle, and is one key however its names are ordered', () => {
  const ended = decode({ userIds: ['u'], vins: ['KMH1', 'KMH2'] });
  expect(ended.kind).toBe('control');
  expect(ended.pushed?.consents).toMatchObject([
    { ident: 'KMH1', kind: 'withdrawn', scope: 'all', demands: 'erase', users: ['u'] },
    { ident: 'KMH2', kind: 'withdrawn', scope: 'all', demands: 'erase', users: ['u'] },
  ]);
  expect(decode({ vins: ['KMH1', 'KMH2'], userIds: ['u'] }).pushed?.dedupeKeys).toEqual(ended.pushed?.dedupeKeys);
});
