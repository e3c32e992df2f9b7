/**
 * Loaded before the gateway: SIGUSR2 begins a profile of the main thread, the next one writes it to the file that `GATEWAY_PROFILE`
 * names. So a profile has the load in it, and neither the start nor the stop. With it stands for how long the event loop was blocked.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const SAMPLE_EVERY_US = 500;
const LOOK_EVERY_MS = 1;
const file = process.env['GATEWAY_PROFILE'] ?? 'gateway.cpuprofile';
const session = new Session();
session.connect();
const blocks = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
let isRunning = false;

process.on('SIGUSR2', () => {
  isRunning = !isRunning;
  if (isRunning) {
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
    session.post('Profiler.start');
    // The start of a profile blocks too.
    setImmediate(() => {
      blocks.reset();
      blocks.enable();
    });
    return;
  }
  blocks.disable();
  const blocksMs = { longest: blocks.max / 1e6, p99: blocks.percentile(99) / 1e6 };
  session.post('Profiler.stop', (error, { profile }) => {
    if (error !== null) throw error;
    writeFileSync(`${file}.part`, JSON.stringify({ ...profile, blocksMs }));
    renameSync(`${file}.part`, file);
  });
});
