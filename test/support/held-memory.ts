/** Memory that a gateway in a process of its own holds, without the garbage that lies about in it. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayProcess } from '../../src/simulate/gateway-process.ts';

/** How such a gateway is to be started. */
export const COLLECTING: readonly string[] = ['--import', join(import.meta.dirname, 'collect-garbage.ts')];
/** Time to collect garbage and give its memory back, ms. */
const SETTLE_MS = 3_000;

/** Its resident memory, after its garbage was collected. */
export async function heldBytes(gateway: GatewayProcess): Promise<number> {
  await pause(SETTLE_MS);
  gateway.signal('SIGUSR2');
  await pause(SETTLE_MS);
  return (await gateway.metrics()).get('odograph_process_resident_memory_bytes') ?? Number.NaN;
}
