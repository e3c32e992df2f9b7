import { expect, test } from 'vitest';
import { newVisit, noteBytes, noteRefusal, type Visit } from '../session/visit.ts';
import { Visits } from './visits.ts';

const T0 = Date.UTC(2026, 0, 5, 8);

function come(visits: Visits, number: number, ident: string | null = null): Visit {
  const facts = { sessionId: `s${number}`, listener: 'trackers', transport: 'tcp', peer: `192.0.2.1:${number}` } as const;
  const visit = newVisit({ ...facts, openedAt: T0 + number });
  visits.opened(visit);
  visit.ident = ident;
  return visit;
}

function leave(visits: Visits, visit: Visit): void {
  visit.closedAt = visit.openedAt + 10;
  visits.closed(visit);
}

const sessions = (reports: readonly { sessionId: string }[] | undefined): string[] =>
  (reports ?? []).map(({ sessionId }) => sessionId);

test('visits of an ident come with those that last first, then the newest, the last four that ended', () => {
  const visits = new Visits();
  for (let i = 1; i <= 6; i++) leave(visits, come(visits, i, '352-093'));
  come(visits, 7, '352093');
  come(visits, 8, 'other');
  const [mine, others, nobody] = visits.of([['352093', 'vin'], ['OTHER'], ['x']]);
  expect(sessions(mine)).toEqual(['s7', 's6', 's5', 's4', 's3']);
  expect(sessions(others)).toEqual(['s8']);
  expect(nobody).toEqual([]);
  expect(visits.counts()).toEqual({ named: 2, unnamed: 0 });
});

test('strangers are those that named nobody, the newest first, and a thousand that ended at most', () => {
  const visits = new Visits();
  for (let i = 1; i <= 1_005; i++) leave(visits, come(visits, i));
  come(visits, 2_000);
  const all = visits.strangers(T0, 10_000);
  expect(all).toHaveLength(1_001);
  expect(sessions(all.slice(0, 2))).toEqual(['s2000', 's1005']);
  expect(sessions(all.slice(-1))).toEqual(['s6']);
  expect(sessions(visits.strangers(T0 + 1_012, 10))).toEqual(['s2000', 's1005', 's1004', 's1003', 's1002']);
});

test('first bytes and refusals are reported as JSON has them', () => {
  const visits = new Visits();
  const visit = come(visits, 1, 'a');
  noteBytes(visit, Uint8Array.of(1, 2), T0 + 5);
  noteBytes(visit, new Uint8Array(40), T0 + 6);
  noteRefusal(visit, 'wire_crc', 'one', T0 + 7);
  noteRefusal(visit, 'wire_crc', 'two', T0 + 8);
  expect(visits.of([['a']])[0]).toMatchObject([
    { bytes: 42, heardAt: T0 + 6, head: '0102', refused: { wire_crc: { count: 2, lastAt: T0 + 8, lastDetail: 'two' } } },
  ]);
});
