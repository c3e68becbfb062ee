#!/usr/bin/env node
/**
 * The probe node's command line (`dist/probe-node.mjs`). Without arguments it serves.
 *
 * After it: main.ts. Exit codes: 0 fine, 1 the doctor found a fault, 2 wrong use, 69 the port is not available, 78 a
 * setting or the Node version does not fit.
 */
import { EXIT } from '../shared/exit-codes.ts';
import { VERSION } from '../shared/version.ts';
import { joinEnvironment, OptionsError } from './edge-link/join-options.ts';
import { SETTING_MEANINGS } from './setting-meanings.ts';

/** Oldest Node version that the file is built for. */
const NODE_MAJOR_MIN = 22;
/** Column width of the names in the lists of commands and of settings. */
const COMMAND_COLUMNS = 32;
const NAME_COLUMNS = 23;

type Command = {
  /** As `--help` shows it. */
  readonly usage: string;
  readonly summary: string;
  readonly run: (args: readonly string[]) => Promise<void>;
};

/** Each is loaded only when it runs. */
const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    usage: 'serve',
    summary: 'take jobs until SIGTERM (the default command)',
    run: async (args) => {
      if (args.length > 0)
        return refuse(`serve does not take ${JSON.stringify(args[0])}; settings come from the environment`);
      await import('./main.ts');
    },
  },
  join: {
    usage: 'join --edge URL --token TOKEN',
    summary: 'join the edge and serve, with options: --id, --region, --url, --listen, --helo, --state, --settings FILE',
    run: async (args) => {
      Object.assign(process.env, joinEnvironment(args, process.env));
      await import('./main.ts');
    },
  },
  doctor: {
    usage: 'doctor [--json]',
    summary: 'examine this machine as a node and print the remedies; exit code 1 for a fault',
    run: async (args) => {
      const other = args.find((arg) => arg !== '--json');
      if (other !== undefined)
        return refuse(`doctor does not take ${JSON.stringify(other)}; settings come from the environment`);
      const { examineByHand } = await import('./doctor/command.ts');
      const { localAddresses } = await import('./doctor/local-addresses.ts');
      const ports = { nowMs: () => Date.now(), localAddresses };
      const { code, stdout, stderr } = await examineByHand(process.env, args.length > 0, ports);
      process.stdout.write(stdout);
      if (stderr !== '') process.stderr.write(`probe-node: ${stderr}`);
      process.exitCode = code;
    },
  },
};

async function main([name = 'serve', ...args]: readonly string[]): Promise<void> {
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  if (name === 'help' || [name, ...args].some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(help());
    return;
  }
  const major = Number.parseInt(process.versions.node, 10);
  if (major < NODE_MAJOR_MIN) {
    process.stderr.write(`probe-node: needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.versions.node}\n`);
    process.exitCode = EXIT.config;
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return refuse(`unknown command ${JSON.stringify(name)}`);
  await command.run(args);
}

function refuse(complaint: string): void {
  process.stderr.write(`probe-node: ${complaint}\nTry: probe-node --help\n`);
  process.exitCode = EXIT.usage;
}

function help(): string {
  const commands = Object.values(COMMANDS).map(
    ({ usage, summary }) => `  probe-node ${usage.padEnd(COMMAND_COLUMNS)}${summary}`,
  );
  const settings = SETTING_MEANINGS.flatMap(({ names, meaning }) => {
    const text = meaning.replaceAll('`', '');
    return names.map((name, index) => `  ${name.padEnd(NAME_COLUMNS)}${index === 0 ? text : '(as above)'}`);
  });
  return `vrfy probe node ${VERSION}: asks mail servers for the edge, sends nothing.

Commands
${commands.join('\n')}
  probe-node ${'--version'.padEnd(COMMAND_COLUMNS)}the version
  probe-node ${'--help'.padEnd(COMMAND_COLUMNS)}this text

Settings, in the environment
${settings.join('\n')}

Start Node with --max-semi-space-size=8: thousands of sessions then stay small.
Exit codes: 0 ended on request, 1 the doctor found a fault, 2 wrong use, 69 the port is taken, 78 a setting does not fit.
`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  refuse(error.message);
}
