/** Devices in a network namespace of their own, behind a link that loses packets and makes them late. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canLosePackets, LossyLink } from '../../support/lossy-link.ts';
import { until } from '../../support/waiting.ts';
import { atRest } from '../at-rest.ts';
import { FaultBench } from '../bench.ts';
import { judge } from '../judge/judge.ts';
import type { FarAnswer, FarOrder } from './far-fleet-child.ts';

const TRACKERS = { teltonika: 2, astra: 1, udp: 3, mqtt: 2 };
const CHILD = join(import.meta.dirname, 'far-fleet-child.ts');
const FRAMES = 120;

let link: LossyLink | null = null;
let bench: FaultBench | null = null;
let child: ChildProcess | null = null;

afterEach(async () => {
  child?.kill('SIGKILL');
  await bench?.dispose();
  link?.close();
  child = null;
  bench = null;
  link = null;
});

async function ask(order: FarOrder): Promise<FarAnswer> {
  const running = child as ChildProcess;
  const answered = once(running, 'message');
  running.send(order);
  const [answer] = (await answered) as [FarAnswer];
  return answer;
}

describe.skipIf(!canLosePackets)('a network that loses packets', () => {
  it('and is slow: every acknowledgement that arrived is kept, over TCP, UDP and MQTT, and nothing is stored twice', async () => {
    link = LossyLink.open({ lossPercent: 8, sendsKbit: 400 });
    bench = await FaultBench.start({ host: link.address, trackers: {}, sparesMqtt: TRACKERS.mqtt });
    const [program = '', ...words] = link.through;
    child = fork(CHILD, [], {
      execPath: program,
      execArgv: [...words, process.execPath, '--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
    });
    await once(child, 'message');
    const { ports, pushUrl } = bench.doors;
    const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
    const options = { trackers: TRACKERS, startsAt, recordsPerFrame: 3, pauseMs: 10, quarantineEvery: 9 };
    child.send({ start: { reached: { ports, pushUrl, host: link.address }, options } } satisfies FarOrder);
    await until('much was acknowledged', async () => (await ask('tell')).framesAcknowledged >= FRAMES, 120_000);
    const { memories, told, framesAcknowledged, sends } = await ask('finish');
    await atRest(bench.gateway);
    const { gateway } = bench;
    const verdict = await judge({ memories, ask: (sql) => gateway.query(sql), metrics: await gateway.metrics(), told });
    expect(verdict.examples).toEqual([]);
    expect(verdict.acknowledged).toBeGreaterThan(FRAMES);
    // It was rough indeed: packets were lost, and datagrams, or their answers, with them.
    expect(link.lost).toBeGreaterThan(20);
    expect(sends).toBeGreaterThan(framesAcknowledged);
  });
});
