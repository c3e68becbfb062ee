/**
 * `vrfy completion SHELL`: prints a completion script for commands, options and their choices. The script is generated
 * from the command tree and starts no process on Tab.
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

export type Shell = 'bash' | 'zsh' | 'fish';

/** @param program the root command, complete */
export function completionScript(program: CommandUnknownOpts, shell: Shell): string {
  const places = placesOf(program, '');
  return shell === 'fish' ? fishScript(places) : posixScript(places, shell);
}

/** One command, with its possible next words. */
type Place = {
  /** The words that lead here, such as `nodes drain`; empty for the root. */
  readonly path: string;
  readonly summary: string;
  readonly children: readonly string[];
  readonly choices: readonly string[];
  readonly options: readonly Choice[];
};

type Choice = {
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
};

function placesOf(command: CommandUnknownOpts, path: string): readonly Place[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const place: Place = {
    path,
    summary: help.subcommandDescription(command),
    children: children.map((child) => child.name()),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: help.visibleOptions(command).map(({ long = '', description, required, argChoices }) => {
      return { long, description, takesValue: required, values: argChoices ?? [] };
    }),
  };
  return [place, ...children.flatMap((child) => placesOf(child, `${path} ${child.name()}`.trimStart()))];
}

/** bash and zsh share the table of words; the path of the current command selects the line. */
function posixScript(places: readonly Place[], shell: 'bash' | 'zsh'): string {
  const lines = places.flatMap(({ path, children, choices, options }) => [
    `    '${path}') echo '${[...children, ...choices, ...options.map(({ long }) => long)].join(' ')}' ;;`,
    ...options
      .filter(({ takesValue }) => takesValue)
      .map(({ long, values }) => `    '${`${path} ${long}`.trimStart()}') echo '${values.join(' ')}' ;;`),
  ]);
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `_vrfy_words() {
  case "$1" in
${lines.join('\n')}
    *) return 1 ;;
  esac
}
_vrfy_below() {
  local at="$1\${1:+ }$2"
  case "$at" in
    ${paths.join(' | ')}) echo "$at" ;;
    *) echo "$1" ;;
  esac
}
${shell === 'bash' ? BASH : ZSH}`;
}

const BASH = `_vrfy() {
  local at='' found i
  for ((i = 1; i < COMP_CWORD; i++)); do at=$(_vrfy_below "$at" "\${COMP_WORDS[i]}"); done
  found=$(_vrfy_words "$at\${at:+ }\${COMP_WORDS[COMP_CWORD - 1]}") || found=$(_vrfy_words "$at")
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _vrfy vrfy
`;

const ZSH = `_vrfy() {
  local at='' found i
  for ((i = 2; i < CURRENT; i++)); do at=$(_vrfy_below "$at" "\${words[i]}"); done
  found=$(_vrfy_words "$at\${at:+ }\${words[CURRENT - 1]}") || found=$(_vrfy_words "$at")
  if [[ -n "$found" ]]; then compadd -- \${=found}; else _files; fi
}
compdef _vrfy vrfy
`;

function fishScript(places: readonly Place[]): string {
  const byPath = new Map(places.map((place) => [place.path, place]));
  return places
    .flatMap((place) => {
      const at = fishCondition(place);
      return [
        ...place.children.map((name) => {
          const { summary = '' } = byPath.get(`${place.path} ${name}`.trimStart()) ?? {};
          return `complete -c vrfy -f -n '${at}' -a ${name} -d ${fishQuoted(summary)}`;
        }),
        ...(place.choices.length > 0 ? [`complete -c vrfy -f -n '${at}' -a '${place.choices.join(' ')}'`] : []),
        ...place.options.map(({ long, description, takesValue, values }) => {
          const value = values.length > 0 ? ` -x -a '${values.join(' ')}'` : takesValue ? ' -r' : '';
          return `complete -c vrfy -n '${at}' -l ${long.slice(2)}${value} -d ${fishQuoted(description)}`;
        }),
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** True if the command line is at this command and not at one of its subcommands. */
function fishCondition({ path, children }: Place): string {
  if (path === '') return '__fish_use_subcommand';
  const seen = path.split(' ').map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = children.length > 0 ? [`not __fish_seen_subcommand_from ${children.join(' ')}`] : [];
  return [...seen, ...below].join('; and ');
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
