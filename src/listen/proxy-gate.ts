import type { Socket } from 'node:net';
import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';

type Taken = Exclude<ProxyHeader, { kind: 'need-more' }> | { kind: 'ended' };

/**
 * Takes the PROXY header off a connection and calls back. What came behind it is left in the socket, which is paused then.
 * `ended` is a connection whose peer said nothing at all: a load balancer that looks whether somebody listens.
 */
export function takeProxyHeader(socket: Socket, taken: (header: Taken) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (header: Taken): void => {
    socket.pause();
    socket.off('data', onData);
    socket.off('end', onEnd);
    taken(header);
  };
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header.kind === 'need-more') return;
    if (header.kind === 'header' && header.end < bytes.length) {
      socket.pause();
      socket.unshift(bytes.subarray(header.end));
    }
    finish(header);
  };
  const onEnd = (): void => {
    finish(bytes.length === 0 ? { kind: 'ended' } : { kind: 'malformed', detail: 'the connection ends inside the header' });
  };
  socket.on('data', onData);
  socket.on('end', onEnd);
}
