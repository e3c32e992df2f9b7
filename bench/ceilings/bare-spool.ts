/**
 * The spool by itself: so many records are kept in flight, as many devices would, and nothing is read, decoded or sent. Told by its arguments the
 * folder, how long, and how many; sends receipts a second to its parent.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { makeRecord } from '../../src/spool/spool-fixture.ts';
import { openSpool } from '../../src/spool/spool.ts';

const FRAME_BYTES = 110;
const WARM_UP_MS = 1_000;

const [directory = '', milliseconds = '3000', inFlight = '1000'] = process.argv.slice(2);
const spool = await openSpool({
  directory,
  budgetBytes: 1e12,
  retention: { ageMs: 0, bytes: 0 },
  now: Date.now,
  onFault: (code, detail) => console.error(code, detail),
});
const record = makeRecord(7, FRAME_BYTES);
let receipts = 0;
let isOver = false;
const again = (): void => {
  receipts++;
  if (!isOver) spool.append(record, again);
};
for (let i = 0; i < Number(inFlight); i++) spool.append(record, again);
await pause(WARM_UP_MS);
const [before, begun] = [receipts, performance.now()];
await pause(Number(milliseconds));
const perSecond = (receipts - before) / ((performance.now() - begun) / 1_000);
isOver = true;
await spool.close();
process.send?.(perSecond, () => process.exit(0));
