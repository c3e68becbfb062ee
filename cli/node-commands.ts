/** `vrfy node`: commands for the machine of a probe node. */
import type { Command } from '@commander-js/extra-typings';
import { EXIT } from '../shared/exit-codes.ts';
import { withExamples } from './command-parts.ts';

/** Major version of Node that a probe node needs; the rest of the command line runs on 20. */
const PROBE_NODE_MAJOR_MIN = 22;

export function addNode(program: Command): void {
  const node = program
    .command('node')
    .usage('COMMAND [options]')
    .summary('run a probe node on this machine, or examine the machine')
    .description('Runs a probe node on this machine, or examines the machine.');
  withExamples(
    node
      .command('join')
      .summary('join an edge and serve')
      .description(
        'Joins an edge as a probe node and serves until Ctrl-C. Later starts need only --state. The options are the ' +
          'PROBE_* settings of the same names and go before them.',
      )
      .option('--edge <url>', 'URL of the edge')
      .option('--token <token>', 'one-time token that "vrfy nodes token" makes')
      .option('--region <region>', 'region of the node')
      .option('--url <url>', 'URL under which the edge reaches the node')
      .option('--helo <name>', 'host name that mail servers see; A, AAAA and PTR must match')
      .option('--listen <host:port>', 'address to listen on')
      .option('--id <id>', 'id of the node')
      .option('--state <dir>', 'folder that keeps the key of the node')
      .option('--settings <file>', 'file with PROBE_* lines, as a service has them')
      .action(async (options) => {
        if (isNodeTooOld()) return;
        const { joinNode } = await import('./node-join.ts');
        process.exitCode = await joinNode(options);
      }),
    [
      'vrfy node join --edge https://edge.example.com --token "$(cat join-token)" --url https://probe1.example.com',
      'vrfy node join --state /var/lib/vrfy-probe',
    ],
  );
  withExamples(
    node
      .command('doctor')
      .summary('examine this machine as a probe node')
      .description(
        'Examines this machine as a probe node with its PROBE_* settings, and says what to mend. Exit code 1 for a fault.',
      )
      .option('--json', 'write one JSON object')
      .action(async (options) => {
        if (isNodeTooOld()) return;
        const { doctor } = await import('./doctor.ts');
        process.exitCode = await doctor(options);
      }),
    ['PROBE_EDGE=https://edge.example.com PROBE_HELO=probe1.example.com vrfy node doctor'],
  );
}

function isNodeTooOld(): boolean {
  if (Number.parseInt(process.versions.node, 10) >= PROBE_NODE_MAJOR_MIN) return false;
  process.stderr.write(
    `vrfy: a probe node needs Node ${PROBE_NODE_MAJOR_MIN} or newer, and this is ${process.versions.node}\n`,
  );
  process.exitCode = EXIT.config;
  return true;
}
