/** Rules that several processes bring with them. */
import { conflict, overlap, type Conflict } from './conflict.ts';
import type { Config } from './schema.ts';
import { seatPort } from './seats.ts';

const MOST_PORT = 65_535;

/** Finds what of the configuration does not go with several processes. */
export function processConflicts(config: Config): Conflict[] {
  const { processes, store } = config;
  if (processes === 1) return [];
  const found: Conflict[] = [];
  if (store.kind !== 'redis') {
    const rule = '1, because store.kind is sqlite: processes share their registry in Redis (store.kind: redis)';
    found.push(conflict(rule, ['processes'], ['store', 'kind']));
  }
  config.listeners.forEach(({ transport, takeover }, index) => {
    if (transport !== 'tcp' || takeover !== 'refuse') return;
    const rule = 'newest or both, because there are several processes: none knows in time who is connected to another';
    found.push(conflict(rule, ['listeners', index, 'takeover'], ['processes']));
  });
  return [...found, ...portConflicts(config)];
}

/** Ports that each process has for itself are taken one after the other, and may meet another one. */
function portConflicts(config: Config): Conflict[] {
  const { processes, admin, api, listeners } = config;
  const found: Conflict[] = [];
  for (const name of ['admin', 'api'] as const) {
    const { host, port } = config[name];
    if (port === 0) continue;
    const last = seatPort(port, processes);
    if (last > MOST_PORT)
      found.push(
        conflict(`at most ${MOST_PORT - processes + 1}, because each process has the next port`, [name, 'port'], ['processes']),
      );
    listeners.forEach((listener, index) => {
      const isWithin = listener.port > port && listener.port <= last;
      if (listener.transport === 'udp' || !isWithin || !overlap(host, listener.host)) return;
      found.push(
        conflict(
          `none of ${port} to ${last}, which the processes have for ${name}.port`,
          ['listeners', index, 'port'],
          ['processes'],
          [name, 'port'],
        ),
      );
    });
  }
  const areFixed = admin.port !== 0 && api.port !== 0 && admin.port !== api.port;
  if (areFixed && overlap(admin.host, api.host) && Math.abs(admin.port - api.port) < processes) {
    found.push(
      conflict(
        `${processes} ports away from admin.port at least, because each process has the next ones`,
        ['api', 'port'],
        ['admin', 'port'],
        ['processes'],
      ),
    );
  }
  return found;
}
