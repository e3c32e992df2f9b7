import { expect, test } from 'vitest';
import { isOwnFilter, parseTopic, replyTopic } from './topics.ts';

const own = (filter: string) => isOwnFilter(filter, '42', ['teltonika']);

test('a topic says whose frames it is for, and of which protocol', () => {
  expect(parseTopic('odograph/v1/356307042441013/teltonika')).toEqual({ ident: '356307042441013', protocol: 'teltonika' });
});

test.each([
  'odograph/v1/356307042441013',
  'odograph/v1/356307042441013/teltonika/reply',
  'odograph/v1//teltonika',
  'odograph/v2/356307042441013/teltonika',
  '/odograph/v1/356307042441013/teltonika',
  'odograph/v1/356307042441013/teltonika/',
  'odograph/v1/+/teltonika',
  `odograph/v1/${'1'.repeat(65)}/teltonika`,
  '',
])('%s is no topic for frames', (topic) => {
  expect(parseTopic(topic)).toBeNull();
});

test('a device may hear its own replies, and nothing else', () => {
  expect([replyTopic('42', 'teltonika'), 'odograph/v1/42/+/reply', 'odograph/v1/42/#'].map(own)).toEqual([true, true, true]);
  const foreign = [
    '#',
    '+/v1/42/#',
    'odograph/v1/+/+/reply',
    'odograph/v1/421/#',
    'odograph/v1/42',
    'odograph/v1/42/+/+',
    '$SYS/#',
  ];
  expect(foreign.filter(own)).toEqual([]);
});
