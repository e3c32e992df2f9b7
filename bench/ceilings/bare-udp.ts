/** A bare server for Teltonika over UDP: it counts datagrams and acknowledges each at once. Sends its port to its parent. */
import { createSocket } from 'node:dgram';

// length u16 · packet id u16 · 01 · avl packet id u8 · imei length u16 · imei 15 · codec u8 · count u8 · …
const COUNT_AT = 24;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

let datagrams = 0;
const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
socket.on('message', (bytes, { port, address }) => {
  datagrams++;
  const answer = Uint8Array.of(0, 5, bytes[2] as number, bytes[3] as number, 1, bytes[5] as number, bytes[COUNT_AT] as number);
  socket.send(answer, port, address);
});
socket.bind(0, '127.0.0.1', () => process.send?.(socket.address().port));
process.on('disconnect', () => process.exit(datagrams < 0 ? 1 : 0));
