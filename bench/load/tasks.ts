/** What a bench asks of a process of the load generator, and what that tells. They go over the channel of `fork`. */

export const TRANSPORTS = ['tcp', 'udp', 'mqtt', 'http'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Connections to hold, and what each of them sends. */
export interface LoadPlan {
  transport: Transport;
  /** What is spoken over TCP; what the other transports carry is theirs. */
  protocol: 'teltonika' | 'astra-telematics';
  host: string;
  port: number;
  connections: number;
  /** Number of the first device; the others count on. */
  firstDevice: number;
  recordsPerFrame: number;
  /** Device time of each device's first record; the next are a second apart each. */
  startsAt: number;
  /** Frames of one connection that may wait for their ack. */
  window: number;
  /** Own address to connect from: each has as many ports as the kernel hands out. */
  localAddress: string;
  /** Where to push, and what `Authorization` to show; HTTP only. */
  path: string;
  authorization: string;
}

/** One spell of sending, over the connections there are. */
export interface LoadRun {
  /** Sending before the clock runs, ms: nothing of it is in the figures. */
  warmUpMs: number;
  measureMs: number;
  /** Frames a second, of all connections together, whatever comes back; `null` sends the next frame when the last is acknowledged. */
  framesPerSecond: number | null;
}

export type Order = { order: 'open'; plan: LoadPlan } | { order: 'run'; run: LoadRun } | { order: 'close' };

/** What came of a spell of sending. */
export interface LoadResult {
  /** Frames acknowledged within the measured time. */
  frames: number;
  seconds: number;
  /** Processor time of the generator within it, us. */
  cpuUs: number;
  /** From when a frame was sent, or was to be sent, to its ack, us: a histogram as hdr-histogram-js writes it. */
  latencies: string;
  /** Frames sent again because no ack came; datagrams only. */
  resent: number;
}

/** How things stand with what each device has sent, in the order of their numbers. */
export interface LoadTotals {
  /** Frames sent, and of those acknowledged, since the connections were opened. */
  sent: number[];
  acknowledged: number[];
  /** Connections that were lost, and why. */
  lost: string[];
}

export type Word =
  | { word: 'opened' }
  /** The measured time begins, or ends: the bench looks at the clocks of others. */
  | { word: 'measuring' }
  | { word: 'measured' }
  /** All that was sent is acknowledged, or was given up. */
  | { word: 'done'; result: LoadResult; totals: LoadTotals }
  | { word: 'failed'; why: string };
