/** Memory that an idle TCP connection costs the gateway: `npm run bench:tcp-idle -- 10000`, with `tls` behind it over TLS. */
import { holdIdleConnections } from '../test/support/idle-tcp.ts';

const connections = Number(process.argv[2] ?? 10_000);
const tls = process.argv[3] === 'tls';
const { bytesPerConnection, connectMs, held, acknowledged } = await holdIdleConnections({ connections, tls, holdMs: 10_000 });
console.log(
  `${connections} ${tls ? 'TLS' : 'TCP'} connections: ${held} held, ${acknowledged} acknowledged when each sent a frame`,
);
console.log(`${(bytesPerConnection / 1_024).toFixed(1)} KiB of the gateway's memory each`);
console.log(`logged in within ${(connectMs / 1_000).toFixed(1)} s, ${Math.round((connections / connectMs) * 1_000)} a second`);
