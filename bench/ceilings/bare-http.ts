/** Bare fastify: it reads the body of a POST, counts, and answers 202. Sends its port to its parent. */
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

const EMPTY = Buffer.alloc(0);

let bytes = 0;
const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/push/:token', async (request, reply) => {
  bytes += (request.body as Buffer).length;
  return reply.code(202).send(EMPTY);
});
await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
process.send?.((app.server.address() as AddressInfo).port);
process.on('disconnect', () => process.exit(bytes < 0 ? 1 : 0));
