/**
 * Reads how many datagrams the kernel has thrown away because the receive buffer of a socket was full: nobody else tells.
 *
 * Source: proc(5), `/proc/net/udp`. A line is `sl local_address rem_address st queues timer retrnsmt uid timeout inode ref
 * pointer drops`, and `drops` counts from the opening of the socket.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TABLES = ['/proc/net/udp', '/proc/net/udp6'] as const;
const LOCAL_FIELD = 1;
const INODE_FIELD = 9;
const DROPS_FIELD = 12;

export interface UdpSocketLine {
  port: number;
  inode: string;
  drops: number;
}

/** Reads a table; lines that are not as expected are left out. */
export function parseUdpTable(text: string): UdpSocketLine[] {
  const sockets: UdpSocketLine[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(/:([0-9A-F]{4})$/.exec(fields[LOCAL_FIELD] ?? '')?.[1] ?? '', 16);
    const inode = fields[INODE_FIELD] ?? '';
    const drops = Number(fields[DROPS_FIELD]);
    if (Number.isInteger(port) && inode !== '' && Number.isInteger(drops)) sockets.push({ port, inode, drops });
  }
  return sockets;
}

/** Counts the drops of one bound socket. */
export interface KernelDrops {
  /** Drops since the socket was opened; `null` where the kernel does not tell. */
  read(): number | null;
}

/** Finds this process's socket on the port. Where there is no such table, as on other systems, reads give `null`. */
export function kernelDropsOf(port: number): KernelDrops {
  const candidates = readTables().filter((line) => line.port === port);
  // Another process may have the same port at another address: the socket is told by being ours.
  const own = candidates.length < 2 ? candidates[0] : candidates.find(({ inode }) => ownInodes().has(inode));
  return { read: () => readTables().find(({ inode }) => inode === own?.inode)?.drops ?? null };
}

function readTables(): UdpSocketLine[] {
  return TABLES.flatMap((path) => {
    try {
      return parseUdpTable(readFileSync(path, 'latin1'));
    } catch {
      return [];
    }
  });
}

function ownInodes(): Set<string> {
  const inodes = new Set<string>();
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // The descriptor by which the folder is read is gone by now.
    }
  }
  return inodes;
}
