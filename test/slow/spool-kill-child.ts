/**
 * Opens the spool of the directory given, checks every record that is in it, and appends numbered records until it is
 * killed. Each line on stdout is the number of a record that became durable.
 */
import { writeSync } from 'node:fs';
import { openSpool } from '../../src/spool/spool.ts';
import { makeRecord } from '../../src/spool/spool-fixture.ts';

const [directory = '', first = '1'] = process.argv.slice(2);
const spool = await openSpool({
  directory,
  segmentBytes: 512 * 1024,
  budgetBytes: 1e10,
  retention: { ageMs: 1e12, bytes: 1e12 },
  now: Date.now,
  onFault: (code, detail) => writeSync(2, `${code}: ${detail}\n`),
});

let n = Number(first);
writeSync(1, 'ready\n');
for (;;) {
  const count = 1 + Math.floor(Math.random() * 200);
  const durable: number[] = [];
  await new Promise<void>((resolve) => {
    for (let i = 0; i < count; i++, n++) {
      const number = n;
      spool.append(makeRecord(number, 20 + (number % 500)), () => {
        durable.push(number);
        if (durable.length === count) resolve();
      });
    }
  });
  // Written synchronously, so that what the parent has read is what this one said before it died, and no less.
  writeSync(1, `${durable.join('\n')}\n`);
}
