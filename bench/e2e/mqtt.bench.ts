import type { Bench } from '../frame/bench.ts';
import { against } from './against-bare.ts';

const about = 'over MQTT with QoS 1, one record a message, against an embedded broker (aedes) that acknowledges at once';

export const BENCHES: readonly Bench[] = [
  {
    name: 'e2e/mqtt',
    about: `1,000 boxes ${about}; one message of each on its way`,
    seconds: 35,
    run: (context) => against({ transport: 'mqtt', connections: 1_000, recordsPerFrame: 1, targetRatio: 0.6 }, context),
  },
  {
    name: 'e2e/windowed-mqtt',
    about: `100 boxes ${about}; ten messages of each on their way`,
    seconds: 35,
    set: 'named',
    run: (context) =>
      against({ transport: 'mqtt', connections: 100, recordsPerFrame: 1, targetRatio: 0.6, plan: { window: 10 } }, context),
  },
];
