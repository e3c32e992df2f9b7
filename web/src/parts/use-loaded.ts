import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../api/problem.ts';

/** What was asked for: there, on its way, or not to be had. What was there stays while it is asked for again. */
export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  loading: boolean;
  /** Asks again. */
  again: () => void;
}

/**
 * Asks when the page is shown and whenever something of `of` changes; of several answers only the newest counts. The signal ends
 * when nobody waits any more.
 */
export function useLoaded<T>(ask: (signal: AbortSignal) => Promise<T>, of: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'again'>>({ value: null, problem: null, loading: true });
  const [round, setRound] = useState(0);
  const newest = useRef(ask);
  newest.current = ask;
  useEffect(() => {
    const stop = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    newest.current(stop.signal).then(
      (value) => stop.signal.aborted || setState({ value, problem: null, loading: false }),
      (error: unknown) =>
        stop.signal.aborted || setState((before) => ({ ...before, problem: asProblem(error), loading: false })),
    );
    return () => stop.abort();
  }, [round, ...of]);
  return { ...state, again: useCallback(() => setRound((before) => before + 1), []) };
}
