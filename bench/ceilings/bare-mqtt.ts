/**
 * The embedded broker of Node (aedes) with nothing behind it: everybody is let in, and a publish is acknowledged at once and goes nowhere. Sends
 * its port to its parent.
 */
import { createServer, type AddressInfo } from 'node:net';
import { Aedes, type Client, type PublishPacket } from 'aedes';

type Done = (error?: Error) => void;

class BareBroker extends Aedes {
  count = 0;

  override publish(packet: PublishPacket, clientOrDone: Client | Done | null, done: Done = () => undefined): void {
    if (clientOrDone === null || typeof clientOrDone === 'function') super.publish(packet, clientOrDone ?? done);
    else {
      this.count++;
      done();
    }
  }
}

const broker = new BareBroker();
await broker.listen();
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  broker.handle(socket);
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(broker.count < 0 ? 1 : 0));
