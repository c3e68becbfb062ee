/** Parts that several commands share in their help. */
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';

export function edgeOption() {
  return new Option('--edge <url>', 'URL of the edge (VRFY_EDGE)');
}

/** Each command has at least one example, because people read the examples first. */
export function withExamples(command: CommandUnknownOpts, examples: readonly [string, ...string[]]): void {
  command.addHelpText(
    'after',
    `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${examples.map((line) => `  ${line}`).join('\n')}`,
  );
}
