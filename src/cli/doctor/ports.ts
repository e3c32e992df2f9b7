/** Are the ports free, and who has them where they are not? */
import { createSocket } from 'node:dgram';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../../config/schema.ts';
import { seatPort } from '../../config/seats.ts';
import { askGateway } from '../gateway-access.ts';
import { findingsOf, messageOf, type Finding } from './finding.ts';
import { told } from './system.ts';

const { ok, fail } = findingsOf('ports');

interface Port {
  what: string;
  host: string;
  port: number;
  isUdp: boolean;
}

/** Tries to bind every port that is configured; those of a running gateway of the same data are its own. */
export async function checkPorts(config: Config): Promise<{ findings: Finding[]; isRunning: boolean }> {
  const { listeners, processes } = config;
  const ports: Port[] = [
    ...listeners.map(({ name, host, port, transport }) => {
      return { what: `listener ${name}`, host, port, isUdp: transport === 'udp' };
    }),
    ...Array.from({ length: processes }, (_, index) => portsOfSeat(config, index + 1)).flat(),
  ];
  const isRunning = (await askGateway<unknown>(config, 'signs', { idents: [] })) !== null;
  const findings: Finding[] = [];
  for (const each of ports) findings.push(await checkPort(each, isRunning));
  return { findings, isRunning };
}

/** Ports that a process has for itself. */
function portsOfSeat({ admin, api, processes }: Config, seat: number): Port[] {
  const of = processes === 1 ? '' : ` of process ${seat}`;
  return [
    { what: `admin port${of}`, host: admin.host, port: seatPort(admin.port, seat), isUdp: false },
    { what: `API${of}`, host: api.host, port: seatPort(api.port, seat), isUdp: false },
  ];
}

async function checkPort({ what, host, port, isUdp }: Port, isRunning: boolean): Promise<Finding> {
  const where = `${host}:${port}${isUdp ? '/udp' : ''}`;
  if (port === 0) return ok(what, 'any free port');
  const error = await (isUdp ? bindUdp(host, port) : bindTcp(host, port));
  if (error === null) return ok(what, `${where} can be bound`);
  if (error.code !== 'EADDRINUSE') {
    const isForbidden = error.code === 'EACCES';
    const change = isForbidden
      ? 'take a port above 1023, or give the gateway CAP_NET_BIND_SERVICE'
      : 'name an address of this machine';
    return fail(what, `${where} cannot be bound: ${messageOf(error)}`, change);
  }
  const holder = holderOf(port, isUdp);
  if (isRunning) return ok(what, `${where} is held${holder === null ? '' : ` by ${holder}`}; a gateway of this data runs`);
  return fail(what, `${where} is taken${holder === null ? '' : ` by ${holder}`}`, 'stop that, or name another port');
}

type BindError = NodeJS.ErrnoException;

function bindTcp(host: string, port: number): Promise<BindError | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: BindError) => resolve(error));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function bindUdp(host: string, port: number): Promise<BindError | null> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error: BindError) => {
      socket.close();
      resolve(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}

/** The process that has a port, where the kernel tells this user. */
function holderOf(port: number, isUdp: boolean): string | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of isUdp ? ['udp', 'udp6'] : ['tcp', 'tcp6']) {
    for (const line of told(`/proc/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (local.endsWith(`:${wanted}`) && (isUdp || state === '0A')) inodes.add(`socket:[${inode}]`);
    }
  }
  for (const pid of listed('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of listed(`/proc/${pid}/fd`)) {
      if (!inodes.has(linkOf(`/proc/${pid}/fd/${descriptor}`))) continue;
      const command = told(`/proc/${pid}/comm`).trim();
      return `process ${pid}${command === '' ? '' : ` (${command})`}`;
    }
  }
  return null;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
