/** Takes a profile of the main thread of a gateway under load, which was started with `PROFILER_ARGUMENTS`. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import type { CpuProfile } from './cpu-profile.ts';

export const PROFILER_ARGUMENTS: readonly string[] = ['--import', join(import.meta.dirname, 'profiler.ts')];

const POLL_MS = 100;

/** Tells the gateways that are started from here on which file to write their profiles to. */
export function profileInto(file: string): void {
  process.env['GATEWAY_PROFILE'] = file;
}

/** Profiles for so long. `file` is what `profileInto` was told. */
export async function profileOf(gateway: GatewayProcess, file: string, ms: number): Promise<CpuProfile> {
  rmSync(file, { force: true });
  gateway.signal('SIGUSR2');
  await pause(ms);
  gateway.signal('SIGUSR2');
  while (!existsSync(file)) await pause(POLL_MS);
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
}
