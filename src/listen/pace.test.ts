import { describe, expect, it } from 'vitest';
import { Pace, TrackerPaces, type PaceLimits, type PaceReason } from './pace.ts';

const WIDE: PaceLimits = {
  bytesPerSecond: 1e9,
  framesPerSecond: 1e6,
  trackerBytesPerSecond: 1e9,
  trackerFramesPerSecond: 1e6,
};

function pacing(limits: Partial<PaceLimits>) {
  const clock = { now: 1_000_000 };
  const slowed: [PaceReason, string | null][] = [];
  const options = {
    limits: { ...WIDE, ...limits },
    trackers: new TrackerPaces(),
    now: () => clock.now,
    slowed: (reason: PaceReason, _waitMs: number, { ident }: { ident: string | null }) => void slowed.push([reason, ident]),
  };
  return { clock, slowed, connection: () => new Pace(options, '203.0.113.9:1') };
}

describe('the pace of a connection', () => {
  it('lets ten seconds’ worth come at once, and then has it wait for as long as the rest takes', () => {
    const { clock, slowed, connection } = pacing({ framesPerSecond: 2 });
    const pace = connection();
    expect(pace.spend(null, 1, 20)).toBe(0);
    expect(pace.spend(null, 1, 5)).toBe(2_500);
    clock.now += 2_500;
    expect(pace.spend(null, 1, 1)).toBe(500);
    expect(slowed).toEqual([
      ['connection_frames', null],
      ['connection_frames', null],
    ]);
    clock.now += 3_600_000;
    expect(pace.spend(null, 1, 21)).toBe(500);
  });

  it('is one of bytes too, and tells whichever has it wait longest', () => {
    const { slowed, connection } = pacing({ bytesPerSecond: 100, framesPerSecond: 1 });
    expect(connection().spend(null, 2_000, 11)).toBe(10_000);
    expect(slowed).toEqual([['connection_bytes', null]]);
  });

  it('counts a device over all its connections, however it writes its name, and nobody else', () => {
    const { slowed, connection } = pacing({ trackerFramesPerSecond: 1 });
    expect(connection().spend('abc-1', 1, 10)).toBe(0);
    expect(connection().spend('ABC1', 1, 1)).toBe(1_000);
    expect(connection().spend('abc2', 1, 10)).toBe(0);
    expect(slowed).toEqual([['tracker_frames', 'ABC1']]);
  });

  it('shuts nobody out for long who only has the name of a device that somebody floods', () => {
    const { connection } = pacing({ trackerFramesPerSecond: 1 });
    for (let i = 0; i < 100; i++) connection().spend('a', 1, 1_000);
    expect(connection().spend('a', 1, 1)).toBe(5_000);
  });

  it('spends nothing where it only asks', () => {
    const { clock, slowed, connection } = pacing({ framesPerSecond: 1 });
    const pace = connection();
    pace.charge(null, 1, 11);
    for (let i = 0; i < 3; i++) expect(pace.isEarned(null)).toBe(false);
    clock.now += 1_000;
    expect(pace.isEarned(null)).toBe(true);
    expect(slowed).toHaveLength(3);
  });

  it('remembers a hundred thousand devices and no more', () => {
    const trackers = new TrackerPaces();
    const first = trackers.of('0');
    for (let i = 1; i < 100_000; i++) trackers.of(String(i));
    expect(trackers.of('0')).toBe(first);
    trackers.of('one more');
    const second = trackers.of('1');
    expect(trackers.of('0')).toBe(first);
    expect(trackers.of('1')).toBe(second);
  });
});
