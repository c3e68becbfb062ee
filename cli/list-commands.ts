/** `vrfy list` and `vrfy lists`: files that are cleaned, and the lists that are made of them. */
import { type Command, Option } from '@commander-js/extra-typings';
import { edgeOption, withExamples } from './command-parts.ts';

const keyOption = () => new Option('--key <key>', 'key of the API (VRFY_KEY)');

export function addList(program: Command): void {
  withExamples(
    program
      .command('list')
      .summary('clean a file of addresses: every row as it was, with its verdict')
      .description(
        'Uploads a file of addresses (.csv, .tsv, .txt, also .gz; .xlsx up to 25 MB; "-" for standard input), verifies each ' +
          'address once, and writes every row as it was with its verdict behind it. On a terminal it shows first how the ' +
          'file was understood, and asks. The list lives at the edge: Ctrl-C leaves it running, and --resume goes on. At the ' +
          'end it says what bounce rate to expect before and after. Exit code 1 if the list was cancelled or has failed.',
      )
      .argument('[file]', 'file of addresses, or - for standard input')
      .option('-o, --output <file>', 'where the rows with their verdicts go; - for standard output')
      .option('--column <name>', 'column of the addresses: its name, or its number from 1')
      .option('--only <verdicts>', 'write these rows only, such as deliverable,risky')
      .option('--no-duplicates', 'of the rows that are written, only the first of each owner')
      .option('--name <name>', 'name of the list; default that of the file')
      .option('--dry-run', 'settle what costs nothing, and ask no mail server')
      .option('--resume <id>', 'go on with a list that was made before')
      .option('-y, --yes', 'do not ask whether the file was understood')
      .option('--json', 'write the figures of the list as JSON to standard output')
      .addOption(edgeOption())
      .addOption(keyOption())
      .action(async (file, options) => {
        const { runList } = await import('./lists/run-list.ts');
        process.exitCode = await runList(file, options);
      }),
    [
      'vrfy list customers.csv -o clean.csv',
      'vrfy list customers.xlsx -o clean.csv --column "E-mail" --only deliverable,risky',
      'vrfy list customers.csv --dry-run',
    ],
  );
}

export function addLists(program: Command): void {
  const lists = program
    .command('lists')
    .usage('[COMMAND] [options]')
    .summary('show, cancel and delete the lists of your key')
    .description('Shows, cancels and deletes the lists of your key. Without a command it shows them, newest first.');
  withExamples(
    common(lists.command('list').description('Shows the lists of your key: how far each is.')).action(
      async (options) => {
        const { showLists } = await import('./lists/manage-lists.ts');
        process.exitCode = await showLists(options);
      },
    ),
    ['vrfy lists', 'vrfy lists list --json'],
  );
  withExamples(
    common(
      lists
        .command('cancel')
        .description('Ends the work on a list. What is known by then can be fetched with "vrfy list --resume ID".')
        .argument('<id>', 'id of the list; see "vrfy lists"'),
    ).action(async (id, options) => {
      const { cancelListOf } = await import('./lists/manage-lists.ts');
      process.exitCode = await cancelListOf(id, options);
    }),
    ['vrfy lists cancel q1W2e3R4t5Y6u7I8o9P0aA'],
  );
  withExamples(
    common(
      lists
        .command('delete')
        .description('Deletes a list with all that it holds, at once and for good.')
        .argument('<id>', 'id of the list; see "vrfy lists"'),
    ).action(async (id, options) => {
      const { deleteListOf } = await import('./lists/manage-lists.ts');
      process.exitCode = await deleteListOf(id, options);
    }),
    ['vrfy lists delete q1W2e3R4t5Y6u7I8o9P0aA'],
  );
}

function common<
  Args extends unknown[],
  Options extends Record<string, unknown>,
  Globals extends Record<string, unknown>,
>(command: Command<Args, Options, Globals>) {
  return command.option('--json', 'write JSON, one object on each line').addOption(edgeOption()).addOption(keyOption());
}
