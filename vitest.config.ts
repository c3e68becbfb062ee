import { defineConfig } from 'vitest/config';

const DRILLS = 'test/flow/drills/**';
const REHEARSAL = 'test/rehearsal/**';
/** Limits for a machine that is three times slower and busy; they only end a test that hangs. */
const LIMITS = { testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: 120_000 } } };
/** The static files first: a real edge does not start without them. */
const SETUP = { setupFiles: ['test/captured-output.ts'], globalSetup: ['test/static-assets.ts'] };

// One suite, every tier that needs no root and no outside network. The interop suite has a runner of its own.
export default defineConfig({
  test: {
    // Prints failures and the output of failed tests; a mark for each file, and the count at the end.
    reporters: ['./test/interop/closing-line-reporter.ts', 'minimal'],
    silent: 'passed-only',
    projects: [
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', DRILLS, REHEARSAL, 'node_modules/**'],
        },
      },
      // In a project of their own, run in parallel: they spend their time waiting for nodes.
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
      // `npm run rehearse`, with the drills once more. Each system has an isolate for each request, and waits most of the time
      // nevertheless: three of them are enough for a machine.
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'rehearsal',
          include: [`${REHEARSAL}/*.test.ts`, `${DRILLS}/*.test.ts`],
          provide: { drilledEdge: 'rehearsed' },
          globalSetup: [...SETUP.globalSetup, 'test/rehearsal/built-upload.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
