/** What the configuration says to each of several processes of one gateway. */
import { join } from 'node:path';
import type { Config } from './schema.ts';

/** The folder of a process in a folder of the gateway: the first has the folder itself, as a gateway of one process has. */
export function seatFolder(folder: string, seat: number): string {
  return seat === 1 ? folder : join(folder, `${SEAT_PREFIX}${seat}`);
}

/** Begins the name of such a folder. */
export const SEAT_PREFIX = 'process-';

/** The port of a process where each needs one of its own: one after the other. 0 stays any free port. */
export function seatPort(port: number, seat: number): number {
  return port === 0 ? 0 : port + seat - 1;
}

/**
 * The configuration of a process that takes devices in. The first has everything; the others have the TCP ports, which all share,
 * and folders, an admin port and an API of their own. UDP, MQTT and subscriptions stay with the first.
 */
export function seatConfig(config: Config, seat: number): Config {
  const { listeners, subscriptions, admin, api } = config;
  return {
    ...withFolders(config, seat),
    listeners: seat === 1 ? listeners : listeners.filter(({ transport }) => transport === 'tcp'),
    subscriptions: seat === 1 ? subscriptions : [],
    admin: { ...admin, port: seatPort(admin.port, seat) },
    api: { ...api, port: seatPort(api.port, seat) },
  };
}

/**
 * The configuration of a process that there is no more, as long as its spool holds something: it takes nobody in. What was stored is
 * kept for replay by age alone, or it would be kept for ever.
 */
export function leftoverConfig(config: Config, seat: number): Config {
  const { spool, ...rest } = withFolders(config, seat);
  const { admin, api } = config;
  return {
    ...rest,
    spool: { ...spool, retentionBytes: 0 },
    listeners: [],
    subscriptions: [],
    admin: { ...admin, host: LOOPBACK, port: 0 },
    // Clouds and people come to the others.
    api: {
      ...api,
      host: LOOPBACK,
      port: 0,
      certFile: undefined,
      keyFile: undefined,
      clientCaFile: undefined,
      requireClientCert: false,
    },
  };
}

const LOOPBACK = '127.0.0.1';

function withFolders(config: Config, seat: number): Config {
  const { dataDir, spool, secrets } = config;
  if (seat === 1) return config;
  return {
    ...config,
    dataDir: seatFolder(dataDir, seat),
    spool: { ...spool, dir: seatFolder(spool.dir, seat) },
    // The first has made it: what one seals the others must open.
    secrets: { ...secrets, keyFile: secrets.keyFile ?? join(dataDir, 'secrets.key') },
  };
}

/** The same configuration with the ports that a process has been given where they said any. */
export function withPorts(config: Config, ports: Readonly<Record<string, number>>): Config {
  return {
    ...config,
    listeners: config.listeners.map((listener) => ({ ...listener, port: ports[listener.name] ?? listener.port })),
  };
}
