import type { Bench } from '../frame/bench.ts';
import { against } from './against-bare.ts';

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/udp',
    about: '1,000 Teltonika boxes over UDP, one record a datagram, each acknowledged before the next, against a bare server',
    seconds: 35,
    run: (context) => against({ transport: 'udp', connections: 1_000, recordsPerFrame: 1 }, context),
  },
];
