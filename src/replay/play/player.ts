import type { CaptureEntry } from '../../capture/entry.ts';
import { datagramLines } from './datagram-line.ts';
import { httpLines } from './http-line.ts';
import type { LineSettings, OpenLine } from './line.ts';
import { mqttLines } from './mqtt-line.ts';
import { PlayedSession, type PlayedSessionOptions } from './played-session.ts';
import { PlayReport } from './play-report.ts';
import { streamLines } from './stream-line.ts';
import type { PlayedTransport, Target } from './target.ts';

export interface PlayOptions extends Omit<PlayedSessionOptions, 'report' | 'open' | 'transport'> {
  target: Target;
  line: LineSettings;
  /** How much faster than it was captured; `Infinity` does not wait. */
  speed: number;
  signal: AbortSignal;
  /** Called with the number of entries sent on their way so far. */
  onProgress: (entries: number) => void;
}

/** What is known of a capture before it is played. */
export interface PlayPlan {
  /** Entries of devices, by session. */
  sessions: Map<string, number>;
  entries: number;
  firstAt: number | null;
}

/** Goes through a capture once, so that each connection can be closed behind its last entry. */
export async function planOf(entries: AsyncIterable<CaptureEntry>): Promise<PlayPlan> {
  const plan: PlayPlan = { sessions: new Map(), entries: 0, firstAt: null };
  for await (const entry of entries) {
    if (entry.direction === 'out') continue;
    plan.firstAt ??= entry.at;
    plan.entries++;
    const key = keyOf(entry);
    plan.sessions.set(key, (plan.sessions.get(key) ?? 0) + 1);
  }
  return plan;
}

/**
 * Plays a capture against a gateway: a connection for each session, open from its first entry to its last, at the times of the
 * capture or faster. A session begins when those that had ended before it are done, so that a device is never there twice.
 */
export async function play(entries: AsyncIterable<CaptureEntry>, plan: PlayPlan, options: PlayOptions): Promise<PlayReport> {
  const { target, speed, signal, onProgress } = options;
  const report = new PlayReport();
  const session = { ...options, open: LINES[target.transport](target, options.line), transport: target.transport, report };
  const left = new Map(plan.sessions);
  const running = new Map<string, PlayedSession>();
  const ending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let number = -1;
  let sent = 0;
  for await (const entry of entries) {
    number++;
    if (entry.direction === 'out') continue;
    const due = startedAt + (entry.at - (plan.firstAt ?? entry.at)) / speed;
    await until(due, signal);
    if (signal.aborted) break;
    const key = keyOf(entry);
    let played = running.get(key);
    if (played === undefined) {
      await Promise.all(ending);
      played = new PlayedSession(entry, session);
      running.set(key, played);
    }
    await played.enqueue(entry, number);
    onProgress(++sent);
    const rest = (left.get(key) ?? 1) - 1;
    left.set(key, rest);
    if (rest > 0) continue;
    running.delete(key);
    const end = played.finish().finally(() => ending.delete(end));
    ending.add(end);
  }
  if (signal.aborted) for (const played of running.values()) played.abandon();
  await Promise.all([...ending, ...[...running.values()].map((played) => played.finish())]);
  return report;
}

function keyOf({ transport, sessionId }: CaptureEntry): string {
  return `${transport} ${sessionId}`;
}

const LINES: Readonly<Record<PlayedTransport, (target: Target, settings: LineSettings) => OpenLine>> = {
  tcp: streamLines,
  tls: streamLines,
  udp: datagramLines,
  mqtt: mqttLines,
  http: httpLines,
};

/** Waits for an instant of the monotonic clock, or until it is stopped. */
async function until(due: number, signal: AbortSignal): Promise<void> {
  const wait = due - performance.now();
  if (wait <= 1 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    // Longer than a timer can be: it is asked again.
    const timer = setTimeout(end, Math.min(wait, 2 ** 31 - 1));
    signal.addEventListener('abort', end);
  });
  await until(due, signal);
}
