import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,protocols,scripts}/**/*.test.ts', 'test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          // Bounds a hang, not the time: machines are loaded, and no test asserts how long it takes.
          testTimeout: 30_000,
        },
      },
      { test: { name: 'flow', include: ['test/flow/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 60_000 } },
    ],
  },
});
