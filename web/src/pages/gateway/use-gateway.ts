/** Asks the gateway how it is, again and again while the page can be seen, and keeps the points of the last minutes. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import type { components } from '../../api/client.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { present } from '../../app/session.ts';

export type GatewayNow = components['schemas']['Gateway'];
export type GatewayPoint = GatewayNow['points'][number];

export interface Watched {
  value: GatewayNow | null;
  points: readonly GatewayPoint[];
  problem: Problem | null;
}

const EVERY_MS = 2_000;
const KEPT_MS = 15 * 60_000;

export function useGateway(): Watched {
  const [state, setState] = useState<Watched>({ value: null, points: [], problem: null });
  useEffect(() => {
    const stop = new AbortController();
    let points: readonly GatewayPoint[] = [];
    let startedAt = '';
    const look = async (): Promise<void> => {
      const after = points.at(-1)?.at;
      const query = after === undefined ? {} : { points_after: after };
      try {
        const value = await ask(present().client.GET('/v1/gateway', { params: { query }, signal: stop.signal }));
        // A gateway that was started again has other points.
        if (value.started_at !== startedAt) points = [];
        startedAt = value.started_at;
        const from = Date.parse(value.at) - KEPT_MS;
        points = [...points, ...value.points].filter(({ at }) => Date.parse(at) >= from);
        if (!stop.signal.aborted) setState({ value, points, problem: null });
      } catch (error) {
        if (!stop.signal.aborted) setState((before) => ({ ...before, problem: asProblem(error) }));
      }
    };
    const keepLooking = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        if (!document.hidden) await look();
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    };
    void keepLooking();
    return () => stop.abort();
  }, []);
  return state;
}
