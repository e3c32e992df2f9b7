/**
 * Loaded before the gateway: SIGUSR2 begins a profile of the main thread, the next one writes it to the file that `GATEWAY_PROFILE`
 * names. So a profile has the load in it, and neither the start nor the stop.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const SAMPLE_EVERY_US = 500;
const file = process.env['GATEWAY_PROFILE'] ?? 'gateway.cpuprofile';
const session = new Session();
session.connect();
let isRunning = false;

process.on('SIGUSR2', () => {
  isRunning = !isRunning;
  if (isRunning) {
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, { profile }) => {
    if (error !== null) throw error;
    writeFileSync(`${file}.part`, JSON.stringify(profile));
    renameSync(`${file}.part`, file);
  });
});
