import { defineConfig } from 'vitest/config';

const FLOW = 'test/flow/**';
const DRILLS = 'test/flow/drills/**';
const REHEARSAL = 'test/rehearsal/**';
/** Limits for a machine that is three times slower and busy; they only end a test that hangs. */
const LIMITS = { testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: 120_000 } } };
/** The static files first: a real edge does not start without them. */
const SETUP = { setupFiles: ['test/captured-output.ts'], globalSetup: ['test/static-assets.ts'] };
/** The edge as it would be uploaded, built once. */
const REHEARSED = { ...SETUP, globalSetup: [...SETUP.globalSetup, 'test/rehearsal/built-upload.ts'] };

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
          exclude: ['test/interop/**', FLOW, REHEARSAL, 'node_modules/**'],
          maxWorkers: '100%',
        },
      },
      // Whole systems, each with its own ports and files. They mostly wait (for timeouts, nodes, the pace of a host), and
      // so more of them run at the same time than there are processors.
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'flow',
          include: [`${FLOW}/*.test.ts`],
          exclude: [DRILLS],
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      // `npm run rehearse`: these, and the drills once more.
      {
        test: {
          ...LIMITS,
          ...REHEARSED,
          name: 'rehearsal',
          include: [`${REHEARSAL}/*.test.ts`],
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      // Systems under load: two of them are enough for a machine.
      {
        test: {
          ...LIMITS,
          ...SETUP,
          name: 'drills',
          include: [`${DRILLS}/*.test.ts`],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...LIMITS,
          ...REHEARSED,
          name: 'rehearsal-drills',
          include: [`${DRILLS}/*.test.ts`],
          provide: { drilledEdge: 'rehearsed' },
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
