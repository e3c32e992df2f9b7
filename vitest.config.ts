import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Flow tests wait for disks, sockets and child processes most of their time: more of them run than there are cores.
    maxWorkers: Math.max(3, availableParallelism()),
    // Tests start some hundred Node processes: each compiles (and strips of its types) only what no other has before.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.tmp/compile-cache') },
    // `isolate: false` below: loading the modules once a worker and not once a file saves a third of the time. No test replaces
    // a module, and what a test changes of its process it puts back.
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,protocols,scripts,bench,web/src}/**/*.test.ts',
            'test/unit/**/*.test.ts',
            'test/architecture/**/*.test.ts',
          ],
          // Bounds a hang, not the time: machines are loaded, and no test asserts how long it takes.
          testTimeout: 30_000,
          isolate: false,
        },
      },
      {
        test: { name: 'flow', include: ['test/flow/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, isolate: false },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 60_000,
          // One at a time: they measure memory, and load the machine by themselves.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 60_000,
          // One at a time, as above.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
