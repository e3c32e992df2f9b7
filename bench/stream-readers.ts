/** Readers of `/v1/stream` for the bench: they read bytes and look at none; some read nothing. Those cut off come again. */
import { connect, type Socket } from 'node:net';

const [port, key, readers, stalled] = process.argv.slice(2);
const all = Number(readers);
let bytes = 0;
let opened = 0;
let cut = 0;

function open(index: number): void {
  const socket: Socket = connect(Number(port), '127.0.0.1');
  socket.write(`GET /v1/stream HTTP/1.1\r\nhost: bench\r\nx-api-key: ${key}\r\n\r\n`);
  socket.once('data', (first: Buffer) => {
    if (!first.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(first.toString());
    if (++opened === all) process.send?.('open');
    if (index < Number(stalled)) socket.pause();
  });
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    cut++;
    setTimeout(() => open(index), 2_000);
  });
}

for (let i = 0; i < all; i++) open(i);
process.on('message', () => process.send?.(`${(bytes / 1e6).toFixed(1)} MB read, ${cut} cut off`));
