import { defineConfig } from 'vitest/config';

// One suite, every tier that needs no root and no outside network. The interop suite has a runner of its own.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'node_modules/**'],
    reporters: ['default', './test/interop/closing-line-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
