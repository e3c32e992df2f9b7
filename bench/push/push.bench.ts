/** Each push decoder by the longest body among its goldens that is data. */
import { PUSH_DECODERS } from '#protocols/all';
import { newSession, type Decoder } from '#protocols/codec';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';
import { goldenOf } from '../samples/goldens.ts';

const BODIES: Readonly<Record<string, string>> = {
  stellantis: 'monitor',
  bmw: 'stream-charging',
  'mercedes-benz': 'signals',
  'hyundai-kia': 'periodic-dotted',
  silence: 'scooters',
  html5: 'batch',
  cloudevents: 'structured',
  owntracks: 'location',
  osmand: 'json',
  traccar: 'position',
};

export const BENCHES: readonly Bench[] = [
  {
    name: 'push/decoders',
    about: 'A body of each cloud, decoded.',
    seconds: 6,
    set: 'micro',
    run: async ({ round }) =>
      measureWorks(
        Object.entries(BODIES).map(([name, golden]) => {
          const decoder = PUSH_DECODERS.get(name) as Decoder;
          const { bytes } = goldenOf(`push/${name}`, golden);
          const session = newSession('http');
          return {
            name: `${name}, ${bytes.length} bytes`,
            unit: 'ns/body',
            once: () => decoder.decode(bytes, session).messages.length,
          };
        }),
        round,
      ),
  },
];
