import type { Bench } from '../frame/bench.ts';
import { against } from './against-bare.ts';

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/http',
    about:
      '200 senders push CloudEvents over HTTP, kept connections, a bearer token, one event a request, against bare fastify',
    seconds: 35,
    run: (context) => against({ transport: 'http', connections: 200, recordsPerFrame: 1, targetRatio: 0.5 }, context),
  },
];
