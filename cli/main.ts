#!/usr/bin/env node
/**
 * The command line: picks the command, prints faults, sets the exit code. Each command is a file of its own.
 *
 * Exit codes: 0 fine, 1 a check found problems, 2 wrong use, 69 the service cannot be reached (sysexits.h).
 */
import { EXIT, UnreachableError, UsageError } from './exit.ts';

const HELP = `vrfy: does this mailbox exist? Asks the mail server and sends nothing.

Usage
  vrfy verify ADDRESS... [--json] [--deadline MS] [--max-age S] [--no-smtp]
                         verdict and reason for each address; exit code 1 when one is invalid
  vrfy classify REPLY... [--json] [--stage STAGE] [--provider ID]
                         what we make of an SMTP reply such as "550 5.1.1 User unknown", and by which rule
  vrfy setup [--env NAME] [--dry-run] [--rotate-signing-key] [--state DIR]
                         what an edge at Cloudflare needs before \`npm run deploy\`: queues and secrets, step by step; deploys nothing
  vrfy nodes [--json]    the probe nodes: state, load, time, who blocks them, last heartbeat; exit code 1 when one is ill
  vrfy nodes token REGION [--ttl S]
                         a one-time token for a node to join that region with
  vrfy nodes drain|activate|remove ID [--forget-since TIME]
                         empty a node, let it work again, or throw it out; TIME (ISO 8601): what it has said since then is
                         not believed any more
  vrfy keys create [--kind secret|publishable|test] [--name N] [--email E] [--origin URL ...] [--quota N|unlimited] [--json]
                         a key of the API, shown once; a publishable one is for pages of its origins
  vrfy keys [list] [--json]
                         every key, without what opens anything
  vrfy keys revoke ID    refuses a key from now on
  vrfy node join --edge URL --token TOKEN [--region R --url URL --helo NAME --listen HOST:PORT --id ID --state DIR]
                         join an edge as a probe node and serve; later starts need only --state.
                         --settings FILE takes PROBE_* lines, as a service has them
  vrfy node doctor [--json]
                         examines this machine as a probe node with its PROBE_* settings; exit code 1 for a fault
  vrfy help              this text

Options for every command that talks to the edge
  --edge URL             the edge (VRFY_EDGE; default http://127.0.0.1:8787)
  --key KEY              for \`vrfy verify\`: a key of the API (VRFY_KEY); without one it is the quota of everybody.
                         For \`vrfy nodes\` and \`vrfy keys\`: the admin token of the edge (VRFY_ADMIN_TOKEN)

Colour is used on a terminal only and never when NO_COLOR is set.
Exit codes: 0 fine, 1 a check found problems, 2 wrong use, 69 service not reachable.
`;

type Command = (args: readonly string[]) => Promise<number> | number;

/** Loaded when called for: `help` needs no HTTP client. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  verify: async () => (await import('./verify.ts')).verifyCommand,
  nodes: async () => (await import('./nodes.ts')).nodesCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  classify: async () => (await import('./classify.ts')).classifyCommand,
  setup: async () => (await import('./setup.ts')).setupCommand,
  node: async () => (await import('./node.ts')).nodeCommand,
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (
    name === undefined ||
    name === 'help' ||
    name === '--help' ||
    name === '-h' ||
    args.some((arg) => arg === '--help' || arg === '-h')
  ) {
    process.stdout.write(HELP);
    return name === undefined ? EXIT.usage : EXIT.fine;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  return (await command())(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`vrfy: ${error.message}\nTry: vrfy help\n`);
    process.exitCode = EXIT.usage;
  } else if (error instanceof UnreachableError) {
    process.stderr.write(`vrfy: ${error.message}\n`);
    process.exitCode = EXIT.unreachable;
  } else {
    throw error;
  }
}
