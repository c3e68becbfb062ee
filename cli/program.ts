/**
 * The commands of `vrfy`: name, arguments and help; those of operators are in admin-commands.ts and node-commands.ts.
 * An action imports the file with its code only when it runs, so that help and version are quick.
 */
import { Argument, Command, Option } from '@commander-js/extra-typings';
import { STAGES } from '../shared/replies/reply.ts';
import { VERSION } from '../shared/version.ts';
import { addBackup, addKeys, addNodes } from './admin-commands.ts';
import { edgeOption, withExamples } from './command-parts.ts';
import type { Shell } from './completion.ts';
import { UsageError } from './exit.ts';
import { setUp, wholeNumber } from './harness.ts';
import { isPackage } from './installation.ts';
import { addList, addLists } from './list-commands.ts';
import { addNode } from './node-commands.ts';

const DEADLINE_MS_DEFAULT = 30_000;
const YEAR_SECONDS = 31_536_000;
const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

const ENVIRONMENT = `
Environment:
  VRFY_EDGE         URL of the edge, if --edge is not given (http://127.0.0.1:8787)
  VRFY_KEY          key of the API for "verify", "list" and "lists", if --key is not given
  VRFY_ADMIN_TOKEN  admin token of the edge for "vrfy nodes", "vrfy keys", "vrfy backup", "vrfy restore"
  NO_COLOR          if set, the output has no colour; only a terminal gets colour at all

Exit codes:
  0   success
  1   a problem was found: "verify" an invalid address, "nodes" a lost or resting node, "node doctor" a fault;
      a "list" that was cancelled or has failed; "restore" a refused entry; "setup --check" something left
  2   wrong use; also if the key is refused or its quota is spent
  69  the edge cannot be reached, or does not work
  70  a bug in vrfy
  78  a setting of this machine is missing or wrong ("node join", "node doctor")

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
  addList(program);
  addLists(program);
  addClassify(program);
  addCompletion(program);
  program.commandsGroup('Commands for the operator of an edge:');
  addKeys(program);
  addNodes(program);
  addBackup(program);
  addSetup(program);
  program.commandsGroup('Commands for the machine of a probe node:');
  addNode(program);
  return program;
}

/** `vrfy nodes --json` means `vrfy nodes list --json`. */
export function withDefaultAction(args: readonly string[]): readonly string[] {
  const [group, action, ...rest] = args;
  const isGroup = group === 'nodes' || group === 'keys' || group === 'lists';
  if (!isGroup || (action !== undefined && !action.startsWith('-')) || args.includes('--help') || args.includes('-h')) {
    return args;
  }
  return [group, 'list', ...(action === undefined ? [] : [action, ...rest])];
}

/** An id that begins with "-", for it is base64url; the parser would read it as options. */
const ID_LIKE_OPTIONS = /^-[A-Za-z0-9_-]{21}$/;

/** `vrfy lists cancel -q1W... --json` means `vrfy lists cancel --json -- -q1W...`. */
export function withIdsLast(args: readonly string[]): readonly string[] {
  const [group] = args;
  if ((group !== 'keys' && group !== 'lists') || args.includes('--')) return args;
  const ids = args.filter((arg) => ID_LIKE_OPTIONS.test(arg));
  return ids.length === 0 ? args : [...args.filter((arg) => !ids.includes(arg)), '--', ...ids];
}

function addVerify(program: Command): void {
  withExamples(
    program
      .command('verify')
      .summary('say whether mail to an address will arrive, and why')
      .description(
        'Says for each address whether mail will arrive: deliverable, invalid, risky or unknown, and the reason. ' +
          'The answers come in the order of the addresses. "-" stands for standard input, one address on each line; ' +
          'blank lines and lines that begin with "#" are skipped. Without an address, it reads from a pipe. ' +
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
        const { runVerify } = await import('./verify.ts');
        process.exitCode = await runVerify(addresses, options);
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
      .summary('explain the reply of a mail server, and name the rule')
      .description(
        'Explains a reply of a mail server: the verdict and reason that it leads to, whom it blames, and the rule ' +
          'that decided. Needs no edge and no network. Put each reply in quotes; \\n separates the lines of one reply.',
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
      .summary('print a completion script for your shell')
      .description(
        'Prints a script that lets your shell complete the commands and options of vrfy. vrfy must be on the PATH.',
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

function addSetup(program: Command): void {
  withExamples(
    program
      // It needs the files of the repository.
      .command('setup', { hidden: isPackage })
      .summary('prepare an edge at Cloudflare for its first deploy')
      .description(
        'Creates the queues, bucket, KV namespace and secrets that an edge at Cloudflare needs before "npm run deploy", step by ' +
          'step, looks at domain, mail sender, edge and nodes, and says what is left. You can run it again at any time; it ' +
          'deploys nothing. It works in a clone of the repository only. With --check, exit code 1 if something needed is left.',
      )
      .option('--env <name>', 'environment of wrangler.toml', 'production')
      .option('--dry-run', 'show the steps and do nothing')
      .option('--check', 'look at each step, say what is left, and change nothing')
      .option('--rotate-signing-key', 'give the edge a new signing key beside the old one')
      .option('--state <dir>', 'folder that keeps the secrets', '.vrfy')
      .action(async (options) => {
        if (isPackage)
          throw new UsageError('setup works in a clone of the vrfy repository only: run "npx vrfy setup" there');
        const { setup } = await import('./setup.ts');
        process.exitCode = await setup(options);
      }),
    ['vrfy setup --env production --dry-run', 'vrfy setup --env production', 'vrfy setup --env production --check'],
  );
}
