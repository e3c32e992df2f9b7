import { describe, expect, it } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { providerTable } from '../providers/table.ts';
import { PastOwners } from './past-owners.ts';
import { aTracker } from './samples.ts';

const IMEI = '356307042441013';
const of = (oid: string, registeredAt: number, fields: Parameters<typeof aTracker>[1] = {}) =>
  aTracker(oid, { foreignTrackerId: IMEI, registeredAt, ...fields });

describe('whose a frame was', () => {
  const owners = new PastOwners(
    [
      of('first', 1_000, { status: 'disconnected', statusAt: 2_000 }),
      of('second', 3_000, { status: 'connected', statusAt: 3_500 }),
    ],
    providerTable(),
  );

  it('is told by when it was received: a box may have gone to another vehicle since', () => {
    const at = [500, 1_000, 1_999, 2_000, 2_999, 3_000, 9_000].map((time) => owners.at('teltonika', IMEI, time)?.oid ?? null);
    expect(at).toEqual([null, 'first', 'first', null, null, 'second', 'second']);
  });

  it('is one of its company alone where it came to an endpoint of a company', () => {
    expect(owners.at('teltonika', IMEI, 9_000, DEFAULT_COMPANY)?.oid).toBe('second');
    expect(owners.at('teltonika', IMEI, 9_000, 'rival')).toBeNull();
  });

  it('is nobody for an ident that no tracker has, or over a protocol that its provider does not speak', () => {
    expect(owners.at('teltonika', '352093081452251', 9_000)).toBeNull();
    expect(owners.at('no-such-protocol', IMEI, 9_000)).toBeNull();
  });
});
