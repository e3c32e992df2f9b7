import { expect, test } from 'vitest';
import { topicRule } from './topic-rule.ts';

test('a rule subscribes with wildcards and reads device and protocol where its variables stand', () => {
  const rule = topicRule('fleet/{ident}/raw/{protocol}');
  expect(rule.filter).toBe('fleet/+/raw/+');
  expect(rule.match('fleet/42/raw/teltonika')).toEqual({ ident: '42', protocol: 'teltonika', dialect: null });
});

test.each([
  ['scooters/{ident}/status/{dialect}', 'scooters/42/status/odo', { ident: '42', protocol: null, dialect: 'odo' }],
  ['boxes/{ident}', 'boxes/42', { ident: '42', protocol: null, dialect: null }],
  ['boxes/+/{ident}/#', 'boxes/north/42/a/b', { ident: '42', protocol: null, dialect: null }],
  ['boxes/{ident}/#', 'boxes/42', { ident: '42', protocol: null, dialect: null }],
  ['#', 'anything/at/all', { ident: null, protocol: null, dialect: null }],
  ['raw', 'raw', { ident: null, protocol: null, dialect: null }],
])('%s reads %s', (pattern, topic, found) => {
  expect(topicRule(pattern).match(topic)).toEqual(found);
});

test.each([
  ['boxes/{ident}', 'boxes/42/raw'],
  ['boxes/{ident}', 'boxes'],
  ['boxes/{ident}', 'boxes/'],
  ['boxes/{ident}/raw', 'boxes/42/cooked'],
  ['boxes/{ident}/raw/#', 'boxes/42'],
])('%s says nothing about %s', (pattern, topic) => {
  expect(topicRule(pattern).match(topic)).toBeNull();
});
