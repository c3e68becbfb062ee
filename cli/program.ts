/**
 * The commands of `vrfy`: what each is called, what it takes, and its help. Before it: main.ts. After it: the file of the
 * command, which is loaded when the command runs, so that help and version are quick.
 */
import { Argument, Command, type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { STAGES } from '../shared/replies/reply.ts';
import { VERSION } from '../shared/version.ts';
import type { Shell } from './completion.ts';
import { EXIT, UsageError } from './exit.ts';
import { setUp, wholeNumber } from './harness.ts';
import { isPackage } from './installation.ts';

const DEADLINE_MS_DEFAULT = 30_000;
const YEAR_SECONDS = 31_536_000;
/** Node that a probe node needs; the rest of the command line runs on 20. */
const PROBE_NODE_MAJOR_MIN = 22;
const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

const ENVIRONMENT = `
Environment:
  VRFY_EDGE         URL of the edge, if there is no --edge (http://127.0.0.1:8787)
  VRFY_KEY          key of the API for "vrfy verify", if there is no --key
  VRFY_ADMIN_TOKEN  admin token of the edge for "vrfy nodes" and "vrfy keys"
  NO_COLOR          if set, there is no colour; there is none outside of a terminal either

Exit codes:
  0   fine
  1   a check found problems: "verify" an invalid address, "nodes" an ill node, "node doctor" a fault
  2   wrong use; also a key that is refused, or whose quota is spent
  69  the service cannot be reached, or does not work
  78  a setting of this machine does not fit ("node join", "node doctor")

Each command has its own help: vrfy verify --help`;

export function createProgram(): Command {
  const program = setUp(new Command('vrfy'))
    .description('Does this mailbox exist? vrfy asks the mail server and sends no mail.')
    .usage('COMMAND [options]')
    .version(VERSION, '-V, --version', 'show the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', ENVIRONMENT);
  program.commandsGroup('Commands:');
  addVerify(program);
  addClassify(program);
  addCompletion(program);
  program.commandsGroup('Commands for the operator of an edge:');
  addKeys(program);
  addNodes(program);
  addSetup(program);
  program.commandsGroup('Commands for the machine of a probe node:');
  addNode(program);
  return program;
}

/** `vrfy nodes --json` is `vrfy nodes list --json`. */
export function withDefaultAction(args: readonly string[]): readonly string[] {
  const [group, action, ...rest] = args;
  const isGroup = group === 'nodes' || group === 'keys';
  if (!isGroup || (action !== undefined && !action.startsWith('-')) || args.includes('--help') || args.includes('-h')) {
    return args;
  }
  return [group, 'list', ...(action === undefined ? [] : [action, ...rest])];
}

function addVerify(program: Command): void {
  withExamples(
    program
      .command('verify')
      .summary('say whether mail to an address will arrive, and why')
      .description(
        'Says for each address whether mail will arrive: deliverable, invalid, risky or unknown, and the reason. ' +
          'The answers come in the order of the addresses. "-" stands for standard input, one address on each line; ' +
          'blank lines and lines that begin with "#" are passed over. Without an address, a pipe is read. ' +
          'Exit code 1 if an address is invalid.',
      )
      .argument('[address...]', 'addresses to verify, or - for standard input')
      .option('--json', 'write one JSON object on each line (NDJSON)')
      .addOption(
        new Option('--deadline <ms>', 'wait this long for each answer, 100 to 60000')
          .argParser(wholeNumber(100, 60_000))
          .default(DEADLINE_MS_DEFAULT),
      )
      .option('--max-age <s>', 'accept a remembered answer up to this age; 0 asks anew', wholeNumber(0, YEAR_SECONDS))
      .option('--no-smtp', 'do not ask the mail server')
      .addOption(edgeOption())
      .addOption(new Option('--key <key>', 'key of the API (VRFY_KEY); without it you share the quota of your network'))
      .action(async (addresses, options) => {
        const { verify } = await import('./verify.ts');
        process.exitCode = await verify(addresses, options);
      }),
    [
      'vrfy verify ada@example.com grace@example.com',
      'vrfy verify - < addresses.txt',
      'vrfy verify --json < addresses.txt',
    ],
  );
}

function addClassify(program: Command): void {
  withExamples(
    program
      .command('classify')
      .summary('explain the reply of a mail server, and by which rule')
      .description(
        'Explains a reply of a mail server: the verdict and reason that it leads to, whom it blames, and the rule that ' +
          'says so. Needs no edge and no network. Put each reply in quotes; \\n parts the lines of one reply.',
      )
      .argument('<reply...>', 'replies such as "550 5.1.1 User unknown"')
      .option('--json', 'write one JSON object on each line')
      .addOption(new Option('--stage <stage>', 'command that was answered').choices(STAGES).default('rcpt' as const))
      .option('--provider <id>', 'provider that runs the mail server, such as google')
      .action(async (replies, options) => {
        const { classifyReplies } = await import('./classify.ts');
        process.exitCode = classifyReplies(replies, options);
      }),
    [
      'vrfy classify "550 5.1.1 User unknown"',
      'vrfy classify --provider google "550-5.1.1 The account does not exist"',
    ],
  );
}

function addCompletion(program: Command): void {
  withExamples(
    program
      .command('completion')
      .summary('print the script that completes commands in a shell')
      .description(
        'Prints the script with which a shell completes the commands and options of vrfy. vrfy must be on the PATH.',
      )
      .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
      .action(async (shell) => {
        const { completionScript } = await import('./completion.ts');
        process.stdout.write(completionScript(program, shell));
      }),
    [
      'source <(vrfy completion bash)    # in ~/.bashrc',
      'source <(vrfy completion zsh)     # in ~/.zshrc, after compinit',
      'vrfy completion fish > ~/.config/fish/completions/vrfy.fish',
    ],
  );
}

function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .usage('[COMMAND] [options]')
    .summary('make, list and revoke keys of the API')
    .description('Makes, lists and revokes keys of the API. Without a command it lists them. Needs the admin token.');
  withExamples(
    adminOptions(keys.command('list').description('Lists all keys, without their secrets.')).action(async (options) => {
      const { listKeys } = await import('./keys.ts');
      process.exitCode = await listKeys(options);
    }),
    ['vrfy keys', 'vrfy keys list --json'],
  );
  withExamples(
    adminOptions(
      keys
        .command('create')
        .description(
          'Makes a key of the API and shows it once: the key on standard output, its id on standard error. A publishable ' +
            'key is for the pages of its origins; a test key gets documented answers and asks no mail server.',
        ),
    )
      .addOption(
        new Option('--kind <kind>', 'what the key is for')
          .choices(['secret', 'publishable', 'test'] as const)
          .default('secret' as const),
      )
      .option('--name <name>', 'name that you recognise it by')
      .option('--email <address>', 'address of its owner')
      .option(
        '--origin <url>',
        'origin of pages that may use it; may be given several times',
        (url, urls: string[] = []) => [...urls, url],
      )
      .option('--quota <n>', 'probes that it may have a day, or "unlimited"', readQuota)
      .action(async (options) => {
        const { createKey } = await import('./keys.ts');
        process.exitCode = await createKey(options);
      }),
    [
      'vrfy keys create --name "Ada\'s shop" --quota 5000',
      'vrfy keys create --kind publishable --origin https://shop.example.com',
      'KEY=$(vrfy keys create --kind test)',
    ],
  );
  withExamples(
    adminOptions(
      keys
        .command('revoke')
        .description('Refuses a key from now on.')
        .argument('<id>', 'id of the key; see "vrfy keys"'),
    ).action(async (id, options) => {
      const { revokeKey } = await import('./keys.ts');
      process.exitCode = await revokeKey(id, options);
    }),
    ['vrfy keys revoke k_2f9c'],
  );
}

function addNodes(program: Command): void {
  const nodes = program
    .command('nodes')
    .usage('[COMMAND] [options]')
    .summary('list, add, empty and remove the probe nodes of an edge')
    .description(
      'Lists and commands the probe nodes of an edge. Without a command it lists them. Needs the admin token.',
    );
  withExamples(
    adminOptions(
      nodes
        .command('list')
        .description(
          'Lists the probe nodes: state, load, times, the providers that block them, last heartbeat. Exit code 1 if a node ' +
            'is lost or resting.',
        ),
    ).action(async (options) => {
      const { listNodes } = await import('./nodes.ts');
      process.exitCode = await listNodes(options);
    }),
    ['vrfy nodes', 'vrfy nodes list --json'],
  );
  withExamples(
    adminOptions(
      nodes
        .command('token')
        .description('Makes a token with which one node can join a region, and shows it once.')
        .argument('<region>', 'region of the node, such as eu-central'),
    )
      .addOption(
        new Option('--ttl <s>', 'seconds that the token lives, 60 to 604800')
          .argParser(wholeNumber(60, 604_800))
          .default(3_600),
      )
      .action(async (region, options) => {
        const { makeToken } = await import('./nodes.ts');
        process.exitCode = await makeToken(region, options);
      }),
    ['vrfy nodes token eu-central > join-token'],
  );
  withExamples(
    adminOptions(
      nodes
        .command('drain')
        .description('Gives a node no new jobs, so that it becomes empty.')
        .argument('<id>', 'id of the node; see "vrfy nodes"'),
    ).action(async (id, options) => {
      const { setNodeState } = await import('./nodes.ts');
      process.exitCode = await setNodeState(id, 'draining', options);
    }),
    ['vrfy nodes drain fra1'],
  );
  withExamples(
    adminOptions(
      nodes
        .command('activate')
        .description('Gives jobs to a drained node again.')
        .argument('<id>', 'id of the node; see "vrfy nodes"'),
    ).action(async (id, options) => {
      const { setNodeState } = await import('./nodes.ts');
      process.exitCode = await setNodeState(id, 'active', options);
    }),
    ['vrfy nodes activate fra1'],
  );
  withExamples(
    adminOptions(
      nodes
        .command('remove')
        .description('Removes a node. It ends, and needs a new token to join again.')
        .argument('<id>', 'id of the node; see "vrfy nodes"'),
    ).action(async (id, options) => {
      const { removeNode } = await import('./nodes.ts');
      process.exitCode = await removeNode(id, options);
    }),
    ['vrfy nodes remove fra1'],
  );
}

function addSetup(program: Command): void {
  withExamples(
    program
      // It works on the files of the repository.
      .command('setup', { hidden: isPackage })
      .summary('make what an edge at Cloudflare needs before its first deploy')
      .description(
        'Makes what an edge at Cloudflare needs before "npm run deploy": queues and secrets, step by step. It may be run ' +
          'again at any time, and it deploys nothing. It works in a clone of the repository only.',
      )
      .option('--env <name>', 'environment of wrangler.toml', 'production')
      .option('--dry-run', 'show the steps and do nothing')
      .option('--rotate-signing-key', 'give the edge a new signing key beside the old one')
      .option('--state <dir>', 'folder that keeps the secrets', '.vrfy')
      .action(async (options) => {
        if (isPackage)
          throw new UsageError('setup works in a clone of the vrfy repository only: run "npx vrfy setup" there');
        const { setup } = await import('./setup.ts');
        process.exitCode = await setup(options);
      }),
    ['vrfy setup --env production --dry-run'],
  );
}

function addNode(program: Command): void {
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

function edgeOption() {
  return new Option('--edge <url>', 'URL of the edge (VRFY_EDGE)');
}

/** Options of every command that needs the admin token. */
function adminOptions<Args extends unknown[]>(command: Command<Args>) {
  return command
    .option('--json', 'write JSON')
    .addOption(edgeOption())
    .option('--key <token>', 'admin token of the edge (VRFY_ADMIN_TOKEN)');
}

function withExamples(command: CommandUnknownOpts, examples: readonly [string, ...string[]]): void {
  command.addHelpText(
    'after',
    `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${examples.map((line) => `  ${line}`).join('\n')}`,
  );
}

function readQuota(text: string): number | null {
  if (text === 'unlimited') return null;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number, or "unlimited".');
}
