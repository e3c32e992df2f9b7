import { expect, it } from 'vitest';
import { Presence, type Claimant } from './presence.ts';

const IDENT = '356307042441013';

/** A connection, and how often it was told that another has taken its place. */
function connection(): Claimant & { times: () => number } {
  let replaced = 0;
  return { peerName: '127.0.0.1:1', listener: 'boxes', replaced: () => void replaced++, times: () => replaced };
}

it('tells whoever is elsewhere of the newest connection alone', () => {
  const told: string[] = [];
  const presence = new Presence(
    () => undefined,
    (ident) => told.push(ident),
  );
  presence.claim(IDENT, connection(), 'both');
  presence.claim(IDENT, connection(), 'refuse');
  expect(told).toEqual([]);
  presence.claim(IDENT, connection(), 'newest');
  expect(told).toEqual([IDENT]);
});

it('ends what it has of a device that is connected elsewhere, and nothing else', () => {
  const presence = new Presence(() => undefined);
  const [one, two, other, gone] = [connection(), connection(), connection(), connection()];
  for (const each of [one, two, gone]) presence.claim(IDENT, each, 'both');
  presence.claim('356307042441014', other, 'newest');
  presence.leave(IDENT, gone);
  presence.displace(IDENT, Infinity);
  presence.displace('nobody', Infinity);
  expect([one, two, other, gone].map(({ times }) => times())).toEqual([1, 1, 0, 0]);
});

it('keeps a connection that is newer than the one elsewhere, however late it hears of that', () => {
  const moments: number[] = [];
  const elsewhere = new Presence(
    () => undefined,
    (_, at) => moments.push(at),
  );
  elsewhere.claim(IDENT, connection(), 'newest');
  const presence = new Presence(() => undefined);
  const newer = connection();
  presence.claim(IDENT, newer, 'newest');
  presence.displace(IDENT, moments[0] ?? 0);
  expect(newer.times()).toBe(0);
  elsewhere.claim(IDENT, connection(), 'newest');
  presence.displace(IDENT, moments[1] ?? 0);
  expect(newer.times()).toBe(1);
});
