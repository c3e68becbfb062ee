#!/usr/bin/env node
/** The command line, `vrfy`. After it: program.ts, which has the commands, their help and the exit codes. */
import { run } from './harness.ts';
import { createProgram, withDefaultAction } from './program.ts';

// A reader that has enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

await run(createProgram(), withDefaultAction(process.argv.slice(2)));
