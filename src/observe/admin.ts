import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { GatewayError } from '#errors/gateway-error';
import type { Logger } from './logger.ts';

/** One thing the gateway must have to be ready: `null` where it has it, otherwise why not. */
export interface ReadinessCheck {
  name: string;
  missing: () => string | null;
}

/** What the admin port shows. */
export interface AdminSources {
  readiness: readonly ReadinessCheck[];
  metrics: { text: () => Promise<string>; readonly contentType: string };
  logger: Logger;
}

/** The running admin port. */
export interface Admin {
  /** The port bound, also where the configuration said 0. */
  port: number;
  close: () => Promise<void>;
}

/** Why a gateway is not ready; empty when it is. */
function reasonsAgainst(checks: readonly ReadinessCheck[]): { check: string; reason: string }[] {
  return checks.flatMap(({ name, missing }) => {
    const reason = missing();
    return reason === null ? [] : [{ check: name, reason }];
  });
}

/**
 * Opens the admin port: `/livez` answers as long as the event loop turns, `/readyz` says with reasons whether devices should
 * be sent here, `/metrics` is for Prometheus. Throws `listener_bind`.
 */
export async function openAdmin(at: { host: string; port: number }, sources: AdminSources): Promise<Admin> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.get('/livez', () => ({ live: true }));
  app.get('/readyz', (_request, reply) => {
    const reasons = reasonsAgainst(sources.readiness);
    const ready = reasons.length === 0;
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
  app.get('/metrics', async (_request, reply) => reply.type(sources.metrics.contentType).send(await sources.metrics.text()));
  app.setErrorHandler((error, _request, reply) => {
    sources.logger.error({ err: error }, 'the admin port failed to answer');
    return reply.code(500).send({ error: 'internal' });
  });
  try {
    await app.listen(at);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('listener_bind', `admin port ${at.host}:${at.port}: ${why}`, { cause: error });
  }
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}
