import type { Bench } from '../frame/bench.ts';
import { against } from './against-bare.ts';

const CONNECTIONS = 1_000;

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/tcp-lone',
    about: '1,000 Teltonika boxes over TCP, one record a frame, each frame acknowledged before the next, against a bare server',
    seconds: 35,
    run: (context) =>
      against({ transport: 'tcp', connections: CONNECTIONS, recordsPerFrame: 1, targetRatio: 0.7, targetUs: 16 }, context),
  },
  {
    name: 'e2e/tcp-tens',
    about: 'The same with ten records a frame',
    seconds: 45,
    run: (context) =>
      against({ transport: 'tcp', connections: CONNECTIONS, recordsPerFrame: 10, targetRatio: 0.5, targetUs: 6 }, context),
  },
  {
    name: 'e2e/astra-lone',
    about: '1,000 Astra Telematics dongles over TCP, protocol X, one report a frame, against a bare server',
    seconds: 35,
    set: 'named',
    run: (context) =>
      against(
        { transport: 'tcp', connections: CONNECTIONS, recordsPerFrame: 1, plan: { protocol: 'astra-telematics' } },
        context,
      ),
  },
];
