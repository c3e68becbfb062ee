import { defineConfig } from 'vitest/config';

const DRILLS = 'test/flow/drills/**';
/** Ceilings for a machine that is three times slower and busy; what they end is a wait without an end. */
const LIMITS = { testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: 120_000 } } };
/** The static files first: a real edge does not start without them. */
const SETUP = { setupFiles: ['test/captured-output.ts'], globalSetup: ['test/static-assets.ts'] };

// One suite, every tier that needs no root and no outside network. The interop suite has a runner of its own.
export default defineConfig({
  test: {
    // Failures, and what a failed test wrote; a mark for each file, and the count at the end.
    reporters: ['./test/interop/closing-line-reporter.ts', 'minimal'],
    silent: 'passed-only',
    projects: [
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', DRILLS, 'node_modules/**'],
        },
      },
      // Apart from the others, and beside each other: what takes time in them is waiting for nodes.
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'drills',
          include: [`${DRILLS}/*.test.ts`],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
