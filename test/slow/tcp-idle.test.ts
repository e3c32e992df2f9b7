import { expect, it } from 'vitest';
import { haveOpenssl } from '../support/authority.ts';
import { holdIdleConnections, mostConnections } from '../support/idle-tcp.ts';

const WANTED = 20_000;
const FEWER = Math.min(WANTED, mostConnections());
const why = FEWER < WANTED ? `, of ${WANTED} wanted: this machine lets no process open more` : '';
/** About twice what `npm run bench -- memory` finds. */
const BYTES_PER_CONNECTION = { tcp: 15 * 1_024, tls: 100 * 1_024 };

it(`holds ${FEWER} idle TCP connections${why}, each of which is acknowledged when it sends a frame at last`, async () => {
  const report = await holdIdleConnections({ connections: FEWER, tls: false, holdMs: 10_000 });
  expect(report).toMatchObject({ held: FEWER, acknowledged: FEWER });
  expect(report.bytesPerConnection).toBeLessThan(BYTES_PER_CONNECTION.tcp);
});

it.skipIf(!haveOpenssl)('holds 3000 idle TLS connections (skipped without openssl)', async () => {
  const report = await holdIdleConnections({ connections: 3_000, tls: true, holdMs: 5_000 });
  expect(report).toMatchObject({ held: 3_000, acknowledged: 3_000 });
  expect(report.bytesPerConnection).toBeLessThan(BYTES_PER_CONNECTION.tls);
});
