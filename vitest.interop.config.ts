import { defineConfig } from 'vitest/config';

// Real mail and DNS servers from Debian on loopback. Needs root; downloads missing packages. See test/interop/lab.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/static-assets.ts', 'test/interop/prepare.ts'],
    setupFiles: ['test/captured-output.ts'],
    reporters: ['./test/interop/closing-line-reporter.ts', 'minimal'],
    silent: 'passed-only',
    // One lab at a time: free ports are chosen before they are bound, and greylisting is timed.
    fileParallelism: false,
    testTimeout: 100_000,
    hookTimeout: 200_000,
  },
});
