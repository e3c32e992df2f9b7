import { expect, test } from 'vitest';
import { EventReader } from './sse.ts';

const STREAM =
  'id: 7\n\n: kept alive\n\nid: 8\nevent: transition\ndata: {"a":\ndata: 1}\n\nevent: end\r\ndata: {}\r\n\r\nid: 9\nevent: cut';

const whole = [
  { id: '7', name: '', text: '' },
  { id: '8', name: 'transition', text: '{"a":\n1}' },
  { id: '8', name: 'end', text: '{}' },
];

test('events are read whole, with the place that they leave the reader at, and what is not whole waits', () => {
  expect(new EventReader().take(STREAM)).toEqual(whole);
});

test('it does not matter how the stream is cut', () => {
  for (let size = 1; size < STREAM.length; size++) {
    const reader = new EventReader();
    const read = [];
    for (let at = 0; at < STREAM.length; at += size) read.push(...reader.take(STREAM.slice(at, at + size)));
    expect(read).toEqual(whole);
  }
});
