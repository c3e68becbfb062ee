#!/usr/bin/env node
/** Entry of the command line, `vrfy`. After it: program.ts, which has the commands, their help and the exit codes. */
import { run } from './harness.ts';
import { createProgram, withDefaultAction, withIdsLast } from './program.ts';

// A reader such as `head` may close the pipe early; that is not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

await run(createProgram(), withIdsLast(withDefaultAction(process.argv.slice(2))));
