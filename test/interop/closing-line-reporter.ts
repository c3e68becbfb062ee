/**
 * A Vitest reporter beside `minimal`, which prints failures only: a mark for each test file as it ends, with the count of
 * files every so often, so that a person sees it move; and as the last line, for people and for scripts,
 * `N passed, N failed`.
 *
 * A test file that could not even be loaded, or whose hooks failed, counts as one failure; so does an error outside any test.
 * Skipped tests are named only when there are some.
 */
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

const MARKS_PER_LINE = 50;

export default class ClosingLineReporter implements Reporter {
  #files = 0;
  #ended = 0;
  #isInLine = false;

  onTestRunStart(files: readonly unknown[]): void {
    this.#files = files.length;
    this.#ended = 0;
  }

  /** The output of `minimal` about a failure begins on a line of its own: this reporter comes before it in the list. */
  onTestCaseResult(test: TestCase): void {
    if (test.result().state === 'failed') this.#endLine('\n');
  }

  onTestModuleEnd(module: TestModule): void {
    this.#ended += 1;
    const isFailed = module.state() === 'failed';
    process.stdout.write(isFailed ? 'F' : '.');
    this.#isInLine = true;
    if (this.#ended % MARKS_PER_LINE === 0 || this.#ended === this.#files) {
      this.#endLine(` ${this.#ended} of ${this.#files} files\n`);
    } else if (isFailed) {
      this.#endLine('\n');
    }
  }

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

  #endLine(end: string): void {
    if (this.#isInLine) process.stdout.write(end);
    this.#isInLine = false;
  }
}
