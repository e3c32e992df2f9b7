/**
 * The front of a gateway alone: its TCP and UDP listeners, sessions and spool, put together as the gateway does. All that an
 * acknowledgement rests on is here, and what it has taken a whole gateway finds in the same folder. It starts in a fraction of the time.
 *
 *     node front-main.ts DATA-DIR TCP-PORT UDP-PORT
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeSync } from 'node:fs';
import { astraTelematics } from '#protocols/astra-telematics/index';
import { teltonika } from '#protocols/teltonika/index';
import { TcpListener } from '../../../src/listen/tcp.ts';
import { UdpListener } from '../../../src/listen/udp.ts';
import { MessageSession } from '../../../src/session/message-session.ts';
import { StreamSession } from '../../../src/session/stream-session.ts';
import { openSpool } from '../../../src/spool/spool.ts';
import { LISTENERS } from '../client/listeners.ts';

const [dataDir = '', tcpPort = '0', udpPort = '0'] = process.argv.slice(2);

const spool = await openSpool({
  directory: join(dataDir, 'spool'),
  segmentBytes: 65_536,
  budgetBytes: 1e10,
  retention: { ageMs: 1e9, bytes: 1e10 },
  now: Date.now,
  onFault: (code, detail) => writeSync(2, `${code}: ${detail}\n`),
});
const minute = 60_000;
const limits = {
  connections: 1_000,
  connectionsPerAddress: 1_000,
  handshakeDeadlineMs: minute,
  loginDeadlineMs: minute,
  idleTimeoutMs: 10 * minute,
  frameDeadlineMs: minute,
  faultsBeforeClose: 4,
  refusedResendsBeforeAck: 3,
};
const nothing = (): void => undefined;
const port = { host: '127.0.0.1', limits, valve: spool, now: Date.now, opened: nothing, closed: nothing };
const session = {
  codecs: [teltonika, astraTelematics],
  limits,
  journal: spool,
  ledger: { received: nothing, refused: nothing },
  admits: () => true,
  now: Date.now,
};
const newId = (): string => randomBytes(8).toString('hex');
await TcpListener.listen({
  ...port,
  name: LISTENERS.tcp,
  port: Number(tcpPort),
  open: (peer, peerName) => {
    return new StreamSession({ ...session, id: newId(), listener: LISTENERS.tcp, transport: 'tcp', peerName, peer });
  },
});
await UdpListener.listen({
  ...port,
  name: LISTENERS.udp,
  port: Number(udpPort),
  receiveBufferBytes: 1_000_000,
  waitingBytes: 1_000_000,
  refused: nothing,
  open: (peerName) => {
    const way = { id: newId(), listener: LISTENERS.udp, transport: 'udp', peerName, parcel: 'datagram' } as const;
    return new MessageSession({ ...session, ...way, codecs: [teltonika], ident: null });
  },
});
writeSync(1, 'listening\n');
