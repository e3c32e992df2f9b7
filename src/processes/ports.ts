import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '#errors/gateway-error';

/** A port that several processes will share. */
export interface SharedPort {
  name: string;
  host: string;
  /** 0 is any free port, which nobody has. */
  port: number;
}

/** What a predecessor that was just killed holds comes free within this time, ms. */
const PREDECESSOR_MS = 3_000;

/**
 * Sees that nobody else listens on ports that are about to be shared: whoever shares one too, another gateway of the same user for
 * example, would be given a part of the devices, and nobody would notice. Rejects with `listener_bind`.
 */
export async function seePortsFree(ports: readonly SharedPort[], waitMs = PREDECESSOR_MS): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (const { name, host, port } of ports) {
    if (port === 0) continue;
    for (;;) {
      const error = await bind(host, port);
      if (error === null) break;
      if (error.code !== 'EADDRINUSE' || performance.now() > deadline) {
        const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message);
        throw new GatewayError('listener_bind', `listener "${name}" cannot bind ${host}:${port}: ${reason}`, { cause: error });
      }
      await pause(waitMs / 10);
    }
  }
}

/** Binds a port for itself alone, and lets it go. Gives what was against it. */
function bind(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
