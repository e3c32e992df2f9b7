/** Keeps the last minutes of a gateway, for the console. */
import type { EpochMs } from '#model/clocks';
import type { Logger } from './observe/logger.ts';
import { POINT_MS, Recent, type Overview } from './observe/recent.ts';
import type { GatewayStatus } from './observe/status.ts';

/** Tells how the gateway is and how it was lately. */
export interface Watching {
  /** Points after `since` are given. */
  overview: (since: EpochMs) => Promise<Overview>;
  stop: () => void;
}

/** Begins to watch. */
export function watchGateway(status: () => Promise<GatewayStatus>, logger: Logger): Watching {
  const recent = new Recent();
  const note = (): void =>
    void status().then(
      (now) => recent.note(now),
      (err: unknown) => logger.warn({ err }, 'the status of the gateway could not be read'),
    );
  note();
  const timer = setInterval(note, POINT_MS);
  return {
    overview: async (since) => recent.overview(await status(), since),
    stop: () => clearInterval(timer),
  };
}
