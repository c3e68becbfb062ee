/**
 * Set-up of every test file: output of the code under test to stdout and stderr goes through Vitest's console, which
 * shows it if the test fails and drops it otherwise (`silent: 'passed-only'` in vitest.config.ts). Expected faults are
 * logged by the hundred and would bury an unexpected one.
 */
import { Writable } from 'node:stream';

function redirect(stream: NodeJS.WriteStream, print: (format: string, text: string) => void): void {
  const lines = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      print('%s', String(chunk).replace(/\n$/, ''));
      done();
    },
  });
  stream.write = lines.write.bind(lines);
}

redirect(process.stdout, console.log);
redirect(process.stderr, console.error);
