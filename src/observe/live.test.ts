import { expect, test } from 'vitest';
import type { FrameOutcome } from '../pipeline/ports.ts';
import { frameOutcome, normalisedMessage } from '../../test/support/outcomes.ts';
import { LiveFeed, type LiveLine, type LiveWish, type LostLines } from './live.ts';

const ALL: LiveWish = { names: [], listeners: [], protocols: [], faultsOnly: false };
const aFrame = (ident: string, fields: Partial<FrameOutcome> = {}): FrameOutcome => ({
  ...frameOutcome(1, 0),
  ident,
  messages: [{ ...normalisedMessage(), ident, trackerOid: `oid-${ident}` }],
  ...fields,
});

async function linesUntilClosed(
  feed: LiveFeed,
  wish: Partial<LiveWish>,
  publish: () => void,
): Promise<(LiveLine | LostLines)[]> {
  const stream = feed.listen({ ...ALL, ...wish });
  publish();
  feed.close();
  const text: string[] = [];
  for await (const chunk of stream ?? []) text.push(String(chunk));
  return text
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LiveLine);
}

test('a listener hears each message, and a frame that left none', async () => {
  const feed = new LiveFeed({ most: 2, waitingBytes: 10_000 });
  const lines = await linesUntilClosed(feed, {}, () => {
    feed.publish(aFrame('a'));
    feed.publish(aFrame('b', { messages: [], column: 'quarantined', quarantine: { code: 'wire_crc', detail: 'wrong' } }));
  });
  expect(lines).toMatchObject([
    { ident: 'a', fault: null, message: { events: ['ignition.on'], position: { valid: true } } },
    { ident: 'b', column: 'quarantined', fault: { code: 'wire_crc' }, message: null },
  ]);
});

const hear = async (wish: Partial<LiveWish>): Promise<unknown[]> => {
  const feed = new LiveFeed({ most: 2, waitingBytes: 10_000 });
  const frames = [aFrame('a'), aFrame('b', { quarantine: { code: 'decode_range', detail: 'x' } })];
  const lines = await linesUntilClosed(feed, wish, () => frames.forEach((frame) => feed.publish(frame)));
  return lines.map((line) => (line as LiveLine).ident);
};

test('wishes choose by name, listener, protocol and fault', async () => {
  expect(await hear({ names: ['a'] })).toEqual(['a']);
  expect(await hear({ names: ['oid-b'] })).toEqual(['b']);
  expect(await hear({ listeners: ['elsewhere'] })).toEqual([]);
  expect(await hear({ protocols: ['teltonika'] })).toEqual(['a', 'b']);
  expect(await hear({ faultsOnly: true })).toEqual(['b']);
});

test('who does not read loses lines and is told how many; nobody waits', async () => {
  const feed = new LiveFeed({ most: 1, waitingBytes: 2_000 });
  const stream = feed.listen(ALL);
  expect(feed.listen(ALL)).toBeNull();
  for (let i = 0; i < 100; i++) feed.publish(aFrame('a'));
  const read = String(stream?.read());
  const shown = read.trim().split('\n').length;
  feed.publish(aFrame('last'));
  const rest = String(stream?.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveLine | LostLines);
  expect(rest).toMatchObject([{ lost: 100 - shown }, { ident: 'last' }]);
  stream?.destroy();
  await new Promise((closed) => stream?.once('close', closed));
  expect(feed.listen(ALL)).not.toBeNull();
});
