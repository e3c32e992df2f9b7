/** Lets commands on this machine listen in on the sessions of the gateway, over the admin port. */
import { isIP, isIPv4 } from 'node:net';
import type { Clock } from '#model/clocks';
import { Tap } from './capture/live/tap.ts';
import type { Config } from './config/schema.ts';
import type { Feed } from './observe/admin.ts';
import type { Metrics } from './observe/metrics.ts';

/** Captures at a time, and what each may have waiting: 32 MiB in all. */
const CAPTURES = 4;
const WAITING_BYTES = 8 * 2 ** 20;

/** The tap of a gateway. */
export function openTap(metrics: Metrics, now: Clock): Tap {
  const onLost = (entries: number): void => metrics.count('capture_lost_total', {}, entries);
  const tap = new Tap({ now, most: CAPTURES, waitingBytes: WAITING_BYTES, onLost });
  metrics.pull('captures', () => tap.listeners);
  return tap;
}

/** `/capture`: a capture of what goes on from now on. `ident`, `peer` and `listener` choose, each may be repeated. */
export function captureFeed(tap: Tap): Feed {
  return (query) => {
    const stream = tap.listen({
      idents: query.getAll('ident'),
      peers: query.getAll('peer'),
      listeners: query.getAll('listener'),
    });
    return stream === null
      ? { status: 503, error: `${CAPTURES} captures are running, and more may not` }
      : { type: 'application/octet-stream', stream };
  };
}

/** A feed of what devices say, given to those alone whom `objectionTo` does not turn away. */
export function guarded(admin: Config['admin'], feed: Feed): Feed {
  return (query, host) => {
    const objection = objectionTo(admin, host);
    return objection === null ? feed(query, host) : { status: 403, error: objection };
  };
}

/**
 * Why raw frames and messages are not given, `null` where they are. The port has no authentication: whoever may talk to it hears where people
 * drive and what devices log in with. So it is offered to this machine alone, unless the configuration says otherwise.
 */
function objectionTo({ capture, host }: Config['admin'], asked: string): string | null {
  if (capture === 'on') return null;
  if (capture === 'off') return 'admin.capture is off';
  if (!isLoopback(host)) return `the admin port is bound to ${host}, which others may reach: admin.capture: on allows it`;
  // A page in a browser on this machine can have a name of its own lead here, and read the answer as if it were its own.
  return isLoopback(asked) ? null : `captures are given to localhost, not to "${asked}"`;
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) !== 0 && isIPv4(name) && name.startsWith('127.');
}
