/** Loaded before a gateway: SIGUSR2 has it collect its garbage. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: { type: string; execution: string; flavor: string }) => void;
/** All there is, and its pages given back. */
const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });

process.on('SIGUSR2', () => {
  collect();
  // What only a finaliser lets go.
  setImmediate(collect);
});
