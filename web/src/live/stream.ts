/**
 * `/v1/stream` over `fetch`, which tells a session that has ended from a gateway that is away (an `EventSource` does not).
 * A stream that breaks is opened again where it was, with growing pauses.
 */
import { signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { apiUrl, CONSOLE_HEADERS, type components } from '../api/client.ts';
import { signOut } from '../app/session.ts';
import { texts } from '../texts/index.ts';
import { EventReader, type ServerEvent } from './sse.ts';

type Schemas = components['schemas'];

/** A place of a tracker, as it came. */
export interface LivePosition {
  oid: string;
  observed_at: string;
  received_at: string;
  backlog: boolean;
  position: { lat: number; lon: number; speed_kmh?: number | null; course_deg?: number | null };
}

/** A change of status. */
export interface LiveTransition {
  oid: string;
  tracker_id: string;
  provider: string;
  transition: Schemas['Transition'];
}

interface StreamReaders {
  position?: (position: LivePosition) => void;
  transition?: (transition: LiveTransition) => void;
  /** Something was missed that cannot be told any more: read again what is shown. */
  reset?: () => void;
}

export type LiveState = 'waiting' | 'on' | 'off';

const PAUSE_MS = 1_000;
const PAUSE_MOST_MS = 30_000;

/** Opens a stream; gives its state, and the way to close it. `oids` are the trackers it is about, all of the company without. */
function openStream(readers: StreamReaders, oids?: readonly string[]): { state: Signal<LiveState>; close: () => void } {
  const stop = new AbortController();
  const state = signal<LiveState>('waiting');
  void keepOpen(readers, oids, state, stop.signal);
  return { state, close: () => stop.abort() };
}

async function keepOpen(
  readers: StreamReaders,
  oids: readonly string[] | undefined,
  state: Signal<LiveState>,
  stop: AbortSignal,
): Promise<void> {
  const place = { id: '' };
  const wish = new URLSearchParams();
  const events = (['position', 'transition'] as const).filter((name) => readers[name] !== undefined);
  wish.set('events', events.join(','));
  if (oids !== undefined) wish.set('oids', oids.join(','));
  let pauseMs = PAUSE_MS;
  while (!stop.aborted) {
    try {
      const outcome = await readOnce(
        `/v1/stream?${wish}`,
        place,
        stop,
        (event) => {
          pauseMs = PAUSE_MS;
          tell(readers, event);
        },
        () => (state.value = 'on'),
      );
      if (outcome === 'over') break;
    } catch {
      // Whatever it was, the way on is the same: open it again.
    }
    if (stop.aborted) return;
    state.value = 'off';
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(PAUSE_MOST_MS, pauseMs * 2);
  }
  state.value = 'off';
}

/** Reads until the connection ends; `over` where it is of no use to come again. */
async function readOnce(
  path: string,
  place: { id: string },
  stop: AbortSignal,
  take: (event: ServerEvent) => void,
  opened: () => void,
): Promise<'again' | 'over'> {
  const headers = { ...CONSOLE_HEADERS, ...(place.id === '' ? {} : { 'last-event-id': place.id }) };
  const response = await fetch(apiUrl(path), { headers, signal: stop });
  if (response.status === 401) {
    signOut(texts.errors.signedOut);
    return 'over';
  }
  // A place that the gateway no longer understands: from now on, then.
  if (response.status === 400) place.id = '';
  if (!response.ok || response.body === null) return 'again';
  opened();
  const events = new EventReader();
  for await (const piece of textOf(response.body)) {
    for (const event of events.take(piece)) {
      place.id = event.id;
      if (event.name === 'end') return 'over';
      take(event);
    }
  }
  return 'again';
}

async function* textOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function tell(readers: StreamReaders, { name, text }: ServerEvent): void {
  if (name === 'position') readers.position?.(JSON.parse(text) as LivePosition);
  else if (name === 'transition') readers.transition?.(JSON.parse(text) as LiveTransition);
  else if (name === 'reset') readers.reset?.();
}

/** Keeps a stream open while the page is shown, and opens another whenever `oids` name others. */
export function useStream(readers: StreamReaders, oids: readonly string[] | undefined, state: Signal<LiveState>): void {
  const key = `${oids?.join(',') ?? 'all'} ${readers.position === undefined}`;
  const newest = useRef(readers);
  newest.current = readers;
  useEffect(() => {
    if (oids?.length === 0) return undefined;
    // Whoever reads is drawn anew with every change; the stream stays.
    const { position, transition } = newest.current;
    const stream = openStream(
      {
        ...(position && { position: (told) => newest.current.position?.(told) }),
        ...(transition && { transition: (told) => newest.current.transition?.(told) }),
        reset: () => newest.current.reset?.(),
      },
      oids,
    );
    const stop = stream.state.subscribe((value) => (state.value = value));
    return () => {
      stop();
      stream.close();
    };
  }, [key]);
}
