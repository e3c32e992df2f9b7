import { expect, test } from 'vitest';
import { KEPT_MS, POINT_MS, Recent } from './recent.ts';
import { aRow, aStatus } from './status-fixture.ts';
import type { GatewayStatus } from './status.ts';

/** A gateway that takes and stores ten frames a second, with an ack for each within a bound. */
const steady = (seconds: number): GatewayStatus =>
  aStatus({
    at: seconds * 1_000,
    cpuSeconds: seconds / 4,
    ledger: [aRow(seconds * 10, { stored: seconds * 10 })],
    ackDelay: [0.005, 0.025, null].map((le, i) => ({ le, count: i === 0 ? seconds * 8 : seconds * 10 })),
    spool: { ...aStatus().spool, syncs: seconds * 2 },
  });

test('what is known of a gateway at its first moment is no rate', () => {
  const { flows, points, ackDelay, drainSeconds, alerts } = new Recent().overview(steady(1), 0);
  expect(flows).toMatchObject([{ receivedPerS: 0 }]);
  expect([points, alerts, drainSeconds]).toEqual([[], [], 0]);
  expect(ackDelay).toEqual({ half: null, most: null, slowest: null });
});

test('rates, delays and points are those of the time between', () => {
  const recent = new Recent();
  for (const seconds of [0, 5, 10, 15]) recent.note(steady(seconds));
  const overview = recent.overview(steady(17), 0);
  expect(overview.flows).toMatchObject([{ receivedPerS: 10, storedPerS: 10 }]);
  expect(overview).toMatchObject({ coreShare: 0.25, syncsPerS: 2, ackDelay: { half: 0.005, most: 0.025, slowest: 0.025 } });
  expect(overview.points).toHaveLength(3);
  expect(overview.points[2]).toMatchObject({ at: 15_000, receivedPerS: 10, ackDelay: { half: 0.005 } });
  expect(recent.overview(steady(17), 10_000).points).toHaveLength(1);
});

test('fifteen minutes are kept, and no more however long the gateway runs', () => {
  const recent = new Recent();
  for (let seconds = 0; seconds <= 3_600; seconds += POINT_MS / 1_000) recent.note(steady(seconds));
  const { points } = recent.overview(steady(3_600), 0);
  expect(points).toHaveLength(KEPT_MS / POINT_MS + 1);
  expect(points[0]?.at).toBe(3_600_000 - KEPT_MS);
});
