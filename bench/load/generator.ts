/**
 * The process of the load generator: holds connections and sends, as it is told over the channel of `fork` (`tasks.ts`). What it sends is
 * built before the clock runs, and its hot path is a socket's `write` and its read callback.
 */
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { setTimeout as pause } from 'node:timers/promises';
import { DatagramConnection } from './datagram-connection.ts';
import { Sending, type Sender } from './sending.ts';
import { StreamConnection } from './stream-connection.ts';
import type { Talk } from './talk.ts';
import { astraTalk } from './talks/astra.ts';
import { httpTalk } from './talks/http.ts';
import { mqttTalk } from './talks/mqtt.ts';
import { teltonikaTalk } from './talks/teltonika.ts';
import type { LoadPlan, LoadResult, LoadRun, LoadTotals, Order, Word } from './tasks.ts';

/** Connections that are being made at a time. */
const AT_ONCE = 200;
/** How often datagrams are looked at that have no answer, ms. */
const RESEND_TICK_MS = 100;
/** Time for the last acks to come, ms. */
const DRAIN_MS = 30_000;

interface Connection extends Sender {
  readonly sent: number;
  readonly done: number;
  readonly isIdle: boolean;
  close(): void;
}

const connections: Connection[] = [];
const lost: string[] = [];
let sending = new Sending([]);
let resent = 0;

const acknowledged = (connection: Sender, since: number): void => sending.acknowledged(connection, since);
const isLost = (why: string): void => void lost.push(why);

function talkOf(plan: LoadPlan, device: number): Talk {
  const { transport, protocol, recordsPerFrame, startsAt, window, host, path, authorization } = plan;
  const frames = { device, recordsPerFrame, startsAt, window };
  if (transport === 'http') return httpTalk({ device, startsAt, window, host, path, authorization });
  if (transport === 'mqtt') return mqttTalk(frames);
  return protocol === 'teltonika' ? teltonikaTalk(frames) : astraTalk(frames);
}

function connectionOf(plan: LoadPlan, device: number): Promise<Connection> {
  const { transport, host, port, localAddress, recordsPerFrame, startsAt, window } = plan;
  const place = { host, port, localAddress, lost: isLost, acknowledged };
  if (transport !== 'udp') return StreamConnection.open({ ...place, window, talk: talkOf(plan, device) });
  return DatagramConnection.open({ ...place, device, recordsPerFrame, startsAt, window: 1, resent: () => void resent++ });
}

async function open(plan: LoadPlan): Promise<void> {
  for (let at = 0; at < plan.connections; at += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, plan.connections - at) }, (_, i) => plan.firstDevice + at + i);
    connections.push(...(await Promise.all(batch.map((device) => connectionOf(plan, device)))));
  }
  sending = new Sending(connections);
  if (plan.transport === 'udp') {
    const check = (): void => {
      const now = performance.now();
      for (const connection of connections) if (connection instanceof DatagramConnection) connection.checkWait(now);
    };
    setInterval(check, RESEND_TICK_MS);
  }
  tell({ word: 'opened' });
}

async function run(asked: LoadRun): Promise<void> {
  let cpu = process.cpuUsage();
  let begun = 0;
  let seconds = 0;
  resent = 0;
  const measuring = (): void => {
    cpu = process.cpuUsage();
    begun = performance.now();
    tell({ word: 'measuring' });
  };
  const measured = (): void => {
    cpu = process.cpuUsage(cpu);
    seconds = (performance.now() - begun) / 1_000;
    tell({ word: 'measured' });
  };
  await sending.run(asked, measuring, measured);
  const { frames, latencies } = sending;
  const deadline = performance.now() + DRAIN_MS;
  while (connections.some(({ isIdle }) => !isIdle) && performance.now() < deadline) await pause(5);
  const result: LoadResult = {
    frames,
    seconds,
    cpuUs: cpu.user + cpu.system,
    latencies: encodeIntoCompressedBase64(latencies),
    resent,
  };
  tell({ word: 'done', result, totals: totals() });
}

function totals(): LoadTotals {
  return { sent: connections.map(({ sent }) => sent), acknowledged: connections.map(({ done }) => done), lost };
}

function tell(word: Word): void {
  process.send?.(word);
}

async function obey(order: Order): Promise<void> {
  switch (order.order) {
    case 'open':
      return open(order.plan);
    case 'run':
      return run(order.run);
    case 'close':
      for (const connection of connections) connection.close();
      process.disconnect();
      process.exit(0);
  }
}

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => tell({ word: 'failed', why: String(error) }));
});
// Whoever has started it is gone.
process.on('disconnect', () => process.exit(0));
