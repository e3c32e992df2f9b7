/**
 * When frames are sent. In a closed loop a connection sends its next frame when one is acknowledged. In an open loop frames are due at
 * a steady rate, each on the next connection in turn: one that is due while its connection still waits goes out as soon as it can, and its
 * latency counts from when it was due, so that a stall of the gateway is in all the latencies it caused (coordinated omission).
 */
import type { Histogram } from 'hdr-histogram-js';
import { newLatencies, noteLatency } from './latencies.ts';
import type { LoadRun } from './tasks.ts';

/** A connection as the sending sees it. */
export interface Sender {
  /** Whether it can send: there is room in its window, and it is not lost. */
  readonly canSend: boolean;
  /** Sends its next frame; `since` is what its latency counts from, by `performance.now()`. */
  send(since: number): void;
  /** Frames that are due and wait for room. */
  readonly due: number[];
}

const LOOK_EVERY_MS = 0.2;
/** Nobody wakes who waits for it: he sleeps until his time is over. */
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

export class Sending {
  /** Whether acknowledged frames are counted. */
  #measuring = false;
  #on = false;
  #closedLoop = true;
  frames = 0;
  latencies: Histogram = newLatencies();
  readonly #senders: readonly Sender[];

  constructor(senders: readonly Sender[]) {
    this.#senders = senders;
  }

  /** Sends for the time of a run; `measuring` and `measured` are told in between. */
  async run({ warmUpMs, measureMs, framesPerSecond }: LoadRun, measuring: () => void, measured: () => void): Promise<void> {
    this.#on = true;
    this.#closedLoop = framesPerSecond === null;
    const begun = performance.now();
    const ended = begun + warmUpMs + measureMs;
    const pacing = framesPerSecond === null ? this.#fill() : this.#keepPace(framesPerSecond, ended);
    await until(begun + warmUpMs);
    this.frames = 0;
    this.latencies = newLatencies();
    measuring();
    this.#measuring = true;
    await until(ended);
    this.#measuring = false;
    measured();
    this.#on = false;
    await pacing;
    for (const { due } of this.#senders) due.length = 0;
  }

  /** Hears that a frame of a connection is acknowledged, and has it send the next. */
  acknowledged(sender: Sender, since: number): void {
    const now = performance.now();
    if (this.#measuring) {
      this.frames++;
      noteLatency(this.latencies, now - since);
    }
    if (!this.#on) return;
    if (this.#closedLoop) sender.send(now);
    else if (sender.due.length > 0) sender.send(sender.due.shift() as number);
  }

  async #fill(): Promise<void> {
    for (const sender of this.#senders) while (sender.canSend) sender.send(performance.now());
  }

  /**
   * Looks every fraction of a millisecond which frames are due: a timer would be late by up to two, and a loop that never sleeps would take
   * its whole processor, which the gateway's engine shares.
   */
  #keepPace(framesPerSecond: number, ended: number): Promise<void> {
    const everyMs = 1_000 / framesPerSecond;
    let dueAt = performance.now();
    let turn = 0;
    return new Promise((resolve) => {
      const look = (): void => {
        const now = performance.now();
        for (; dueAt <= now && dueAt < ended; dueAt += everyMs) {
          const sender = this.#senders[turn++ % this.#senders.length] as Sender;
          if (sender.canSend) sender.send(dueAt);
          else sender.due.push(dueAt);
        }
        if (now >= ended) return resolve();
        Atomics.wait(NEVER_WOKEN, 0, 0, LOOK_EVERY_MS);
        setImmediate(look);
      };
      look();
    });
  }
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, Math.max(0, at - performance.now())));
}
