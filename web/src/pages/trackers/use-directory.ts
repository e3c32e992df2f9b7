/** The trackers that are looked for, page by page as they come into view. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { categoryOf } from '../../../../src/lifecycle/categories.ts';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';
import type { LivePosition, LiveTransition } from '../../live/stream.ts';
import type { Counts, Wish } from './query.ts';

export type Row = components['schemas']['DirectoryRow'];

export interface DirectoryView {
  /** `null` before the first answer. */
  total: number | null;
  counts: Counts;
  neededM: number;
  problem: Problem | null;
  /** The tracker at a place of the order; `undefined` while it is on its way. */
  rowAt: (at: number) => Row | undefined;
  /** Says which places can be seen. */
  look: (first: number, end: number) => void;
  /** Reads again what can be seen. */
  again: () => void;
  /** Shows at once what the stream tells of a tracker that can be seen. */
  noteTransition: (told: LiveTransition) => void;
  /** Tells whether there is more to be read about it. */
  notePosition: (told: LivePosition) => boolean;
}

const PAGE = 100;
/** The view waits so long before it asks: whoever scrolls past wants nothing of it, ms. */
const SETTLE_MS = 60;
const DRAW_MS = 150;
const NO_COUNTS: Counts = { pending: 0, error: 0, connected: 0, disconnected: 0 };

interface Known {
  total: number | null;
  counts: Counts;
  neededM: number;
  problem: Problem | null;
}

/** The pages that were read, and the way to change a row of them that is shown. */
function useRows() {
  const pages = useRef(new Map<number, readonly Row[]>());
  const [, setRound] = useState(0);
  const redraw = useCallback(() => setRound((round) => round + 1), []);
  const drawing = useRef(0);
  const change = (oid: string, edit: (row: Row) => Row): Row | undefined => {
    for (const [page, rows] of pages.current) {
      const i = rows.findIndex((row) => row.oid === oid);
      const before = rows[i];
      if (before === undefined) continue;
      pages.current.set(page, rows.with(i, edit(before)));
      // Many may come at once: they are drawn together.
      drawing.current ||= setTimeout(() => {
        drawing.current = 0;
        redraw();
      }, DRAW_MS);
      return before;
    }
    return undefined;
  };

  return { pages, redraw, change };
}

export function useDirectory(wish: Wish): DirectoryView {
  const key = JSON.stringify(wish);
  const { pages, redraw, change } = useRows();
  const asked = useRef(new Set<number>());
  const range = useRef({ first: 0, end: PAGE });
  const stop = useRef(new AbortController());
  const [known, setKnown] = useState<Known>({ total: null, counts: NO_COUNTS, neededM: 500, problem: null });

  const load = useCallback(async (page: number, of: Wish, signal: AbortSignal) => {
    if (asked.current.has(page)) return;
    asked.current.add(page);
    try {
      const query = { ...of, offset: page * PAGE, limit: PAGE };
      const found = await ask(present().client.GET('/v1/trackers/directory', { params: { query }, signal }));
      if (signal.aborted) return;
      pages.current.set(page, found.items);
      setKnown({ total: found.total, counts: found.counts, neededM: found.needed_metres, problem: null });
      redraw();
    } catch (error) {
      if (!signal.aborted) setKnown((before) => ({ ...before, problem: asProblem(error) }));
    } finally {
      asked.current.delete(page);
    }
  }, []);

  const loadVisible = useCallback(
    (fresh: boolean) => {
      const { first, end } = range.current;
      for (let page = Math.floor(first / PAGE); page * PAGE < Math.max(end, 1); page++) {
        if (fresh || !pages.current.has(page)) void load(page, JSON.parse(key) as Wish, stop.current.signal);
      }
    },
    [key],
  );

  // Another wish is another list: of the one before nothing is shown any more, and no answer is waited for.
  useEffect(() => {
    stop.current = new AbortController();
    pages.current = new Map();
    asked.current = new Set();
    range.current = { first: 0, end: PAGE };
    loadVisible(true);
    return () => stop.current.abort();
  }, [key]);

  const timer = useRef(0);
  const look = useCallback(
    (first: number, end: number) => {
      range.current = { first, end };
      clearTimeout(timer.current);
      timer.current = setTimeout(() => loadVisible(false), SETTLE_MS);
    },
    [loadVisible],
  );

  return {
    ...known,
    rowAt: (at) => pages.current.get(Math.floor(at / PAGE))?.[at % PAGE],
    look,
    again: useCallback(() => {
      // What cannot be seen is read when it comes into view.
      for (const page of pages.current.keys()) {
        if ((page + 1) * PAGE <= range.current.first || page * PAGE >= range.current.end) pages.current.delete(page);
      }
      loadVisible(true);
    }, [loadVisible]),
    noteTransition: ({ oid, transition: { to, at } }) =>
      void change(oid, (row) => ({ ...row, validation_status: to, category: categoryOf(to), status_since: at })),
    notePosition: ({ oid, received_at: at }) =>
      change(oid, (row) => ({ ...row, last_heard_at: at }))?.validation_status === 'pending_for_data',
  };
}
