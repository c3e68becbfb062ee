/** `vrfy keys`, `vrfy nodes`, `vrfy backup` and `vrfy restore`: commands of an operator, sent to the edge with the admin token. */
import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { edgeOption, withExamples } from './command-parts.ts';
import { wholeNumber } from './harness.ts';

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .usage('[COMMAND] [options]')
    .summary('make, list and revoke keys of the API')
    .description('Makes, lists and revokes keys of the API. Without a command it lists them. Needs the admin token.');
  withExamples(
    adminOptions(keys.command('list').description('Lists all keys, without their secrets.')).action(async (options) => {
      const { showKeys } = await import('./keys.ts');
      process.exitCode = await showKeys(options);
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
        new Option('--kind <kind>', 'kind of the key')
          .choices(['secret', 'publishable', 'test'] as const)
          .default('secret' as const),
      )
      .option('--name <name>', 'name by which you recognise the key')
      .option('--email <address>', 'address of the owner')
      .option(
        '--origin <url>',
        'origin of pages that may use the key; repeat it for several',
        (url, urls: string[] = []) => [...urls, url],
      )
      .option('--quota <n>', 'probes a day, or "unlimited"', readQuota)
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
        .description('Revokes a key: the edge refuses it from now on.')
        .argument('<id>', 'id of the key; see "vrfy keys"'),
    ).action(async (id, options) => {
      const { revokeKey } = await import('./keys.ts');
      process.exitCode = await revokeKey(id, options);
    }),
    ['vrfy keys revoke k_2f9c'],
  );
  addWebhookSecret(keys);
}

function addWebhookSecret(keys: Command): void {
  withExamples(
    adminOptions(
      keys
        .command('webhook-secret')
        .description(
          'Makes a new secret for the webhooks of a key and shows it once. The one before signs as well for 24 hours.',
        )
        .argument('<id>', 'id of the key; see "vrfy keys"'),
    ).action(async (id, options) => {
      const { renewWebhookSecret } = await import('./keys.ts');
      process.exitCode = await renewWebhookSecret(id, options);
    }),
    ['vrfy keys webhook-secret k_2f9c'],
  );
}

export function addNodes(program: Command): void {
  const nodes = program
    .command('nodes')
    .usage('[COMMAND] [options]')
    .summary('list, add, drain and remove the probe nodes of an edge')
    .description(
      'Lists, adds, drains and removes the probe nodes of an edge. Without a command it lists them. Needs the admin token.',
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
        .description('Drains a node: it gets no new jobs, and its last ones end.')
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
        .description('Removes a node: its process ends, and it needs a new token to join again.')
        .argument('<id>', 'id of the node; see "vrfy nodes"'),
    )
      .option('--forget-since <time>', 'also discard every answer that the node has given since this time (ISO 8601)')
      .action(async (id, options) => {
        const { removeNode } = await import('./nodes.ts');
        process.exitCode = await removeNode(id, options);
      }),
    ['vrfy nodes remove fra1', 'vrfy nodes remove fra1 --forget-since 2026-01-31T12:00:00Z'],
  );
}

export function addBackup(program: Command): void {
  withExamples(
    adminOptions(
      program
        .command('backup')
        .summary('write the keys, marks and nodes of an edge into a file')
        .description(
          'Writes the keys, the marks on domains and the nodes of an edge into a file, without any secret: a key is known by ' +
            "its hash. People's lists and remembered verdicts are not in it. Needs the admin token.",
        )
        .argument('<file>', 'file to write; an older one is replaced'),
    ).action(async (file, options) => {
      const { backUp } = await import('./backup.ts');
      process.exitCode = await backUp(file, options);
    }),
    ['vrfy backup vrfy-$(date +%F).ndjson'],
  );
  withExamples(
    adminOptions(
      program
        .command('restore')
        .summary('take the keys, marks and nodes of a back-up back')
        .description(
          'Gives an edge what it lacks of a back-up. Anything that exists is kept as it is. A key that was revoked since the ' +
            'back-up comes back: look at --dry-run first. Exit code 1 if an entry is refused. Needs the admin token.',
        )
        .argument('<file>', 'file that "vrfy backup" has written'),
    )
      .option('--dry-run', 'show what would be restored and change nothing')
      .action(async (file, options) => {
        const { restore } = await import('./backup.ts');
        process.exitCode = await restore(file, options);
      }),
    ['vrfy restore vrfy-2026-01-31.ndjson --dry-run', 'vrfy restore vrfy-2026-01-31.ndjson'],
  );
}

/** Options of every command that needs the admin token. */
function adminOptions<Args extends unknown[]>(command: Command<Args>) {
  return command
    .option('--json', 'write JSON')
    .addOption(edgeOption())
    .option('--key <token>', 'admin token of the edge (VRFY_ADMIN_TOKEN)');
}

function readQuota(text: string): number | 'unlimited' {
  if (text === 'unlimited') return text;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number, or "unlimited".');
}
