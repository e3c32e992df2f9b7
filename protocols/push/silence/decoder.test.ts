import { expect, test } from 'vitest';
import { signalOf } from '#model/message';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { silence } from './index.ts';

describeDecoder(silence, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return silence.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const scooter = { imei: '359632104952350', batterySoc: 64, lastReportTime: '2026-03-09T07:14:05Z' };

test('a poll that finds nothing new is a repetition', () => {
  const first = decode([{ ...scooter, lastConnection: '2026-03-09T07:14:06Z' }]);
  const again = decode({ lastConnection: '2026-03-09T07:15:06Z', ...scooter });
  expect(again.messages[0]?.identity).toEqual(first.messages[0]?.identity);
  expect(again.pushed).toEqual(first.pushed);
});

test('a scooter without an IMEI goes by the number of its frame', () => {
  expect(decode([{ frameNo: 'vxs1', batterySoc: 1, lastReportTime: scooter.lastReportTime }]).ident).toBe('VXS1');
});

test.each([
  ['SOCbatteria', '64', 'charging.battery.level', 64],
  ['odo', ' 20446\n', 'odometer.total.value', 20_446],
  ['latitude', '41.38', 'position.gnss.latitude', 41.38],
  ['batteryIn', 'true', 'charging.battery.present', 1],
] as const)('a topic carries the value %s alone', (dialect, payload, key, value) => {
  const context = { ident: '359632104952350', dialect, transport: 'mqtt' } as const;
  const [message] = silence.decode(new TextEncoder().encode(payload), context).messages;
  expect(message && signalOf(message, key)).toBe(value);
});
