import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelDropsOf, parseUdpTable } from './kernel-drops.ts';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  435: 0100007F:13A3 00000000:0000 07 00000000:00000300 00:00000000 00000000  1000        0 281474 2 0000000000000000 17
 1031: 00000000000000000000000000000000:0044 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 9 2 0 0
broken line
`;

describe('the kernel’s table of UDP sockets', () => {
  it('is read for both families, and what is no socket is left out', () => {
    expect(parseUdpTable(TABLE)).toEqual([
      { port: 5027, inode: '281474', drops: 17 },
      { port: 68, inode: '9', drops: 0 },
    ]);
    expect(parseUdpTable('')).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/net/udp'))('tells of the socket of this process, and of none where there is none', async () => {
    const socket = createSocket('udp4');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await once(socket, 'listening');
    const { port } = socket.address();
    const drops = kernelDropsOf(port);
    expect(drops.read()).toBe(0);
    const other = createSocket('udp4');
    other.bind({ address: '127.0.0.2', port });
    await once(other, 'listening');
    expect(kernelDropsOf(port).read()).toBe(0);
    await Promise.all([socket, other].map((each) => new Promise<void>((resolve) => void each.close(resolve))));
    expect(drops.read()).toBeNull();
  });
});
