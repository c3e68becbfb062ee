// A Vitest reporter with one job: the last line says, for people and for scripts, `N passed, N failed`.
//
// A test file that could not even be loaded, or whose hooks failed, counts as one failure; so does an error outside any test.
// Skipped tests are named only when there are some.

import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      const failedBefore = failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
      if (module.state() === 'failed' && failed === failedBefore) failed += 1;
    }
    const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
    // After everything the other reporters still have to say.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed${rest}\n`));
  }
}
