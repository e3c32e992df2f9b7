import { expect, test } from 'vitest';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { traccar } from './index.ts';

describeDecoder(traccar, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return traccar.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const position = {
  id: 1,
  fixTime: '2026-03-09T07:14:05Z',
  latitude: 1,
  longitude: 2,
  speed: 10,
  attributes: { ignition: true },
};
const device = { uniqueId: '359632104952350' };

test('a position that is forwarded again under another number is the same message', () => {
  const first = decode({ position, device });
  const again = decode([
    { device: { ...device, name: 'x' }, position: { ...position, id: 2, serverTime: '2026-03-09T08:00:00Z' } },
  ]);
  expect(again.messages[0]?.identity).toEqual(first.messages[0]?.identity);
  expect(again.pushed).toEqual(first.pushed);
  expect(first.messages[0]?.fix?.speedKmh).toBe(18.52);
});

test('an event with its position is one message of each, by their times', () => {
  const event = { type: 'ignitionOn', eventTime: '2026-03-09T07:14:06Z' };
  const { messages } = decode({ event, position, device });
  expect(messages.map(({ events, fix }) => [events.map(({ code }) => code), fix !== null])).toEqual([
    [[], true],
    [['ignition.on'], false],
  ]);
});
