import { Socket, type SocketConstructorOpts } from 'node:net';

/** Most bytes of one read. */
const READ_BYTES = 64 * 1024;
/** Where a socket of Node has its connection. */
const HANDLE = '_handle';
/** What came last, of whichever connection: it is worked on before anything else is read. */
const shared = new Uint8Array(READ_BYTES);

/**
 * Gives a socket for an accepted connection that reads into one buffer for all, and tells of what has come: it may change once `taken`
 * returns. Node offers that (`onread`) for sockets that are made, not for those that are accepted, and gives each read memory and an
 * event of its own instead: a quarter of what a frame and its ack cost a bare server. So a socket is made over the connection of the
 * one accepted, which must not have begun to read. Where that has none the accepted one is given back, and read as usual.
 */
export function sharedReads(accepted: Socket, taken: (bytes: Uint8Array) => void): Socket {
  const owner = accepted as unknown as Record<typeof HANDLE, SocketConstructorOpts['handle'] | null>;
  const handle = owner[HANDLE] ?? null;
  if (handle === null) {
    accepted.on('data', taken);
    return accepted;
  }
  owner[HANDLE] = null;
  accepted.destroy();
  const callback = (count: number): boolean => {
    taken(shared.subarray(0, count));
    return true;
  };
  const options: SocketConstructorOpts = {
    handle,
    allowHalfOpen: accepted.allowHalfOpen,
    onread: { buffer: shared, callback },
  };
  // It begins to read at once, and is to wait until it is told to.
  return new Socket(options).pause();
}
