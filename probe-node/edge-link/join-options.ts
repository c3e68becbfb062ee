/**
 * The node's settings as options of `join`: the same names without PROBE_, and `--settings FILE` for PROBE_* lines in
 * the format of systemd's EnvironmentFile. Options take precedence over the file, the file over the environment.
 *
 * Only the names are checked here; settings.ts checks the values.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { stateFolderOf } from '../settings.ts';

/** The command line does not fit; the message says how. */
export class OptionsError extends Error {}

/** The setting behind each option. */
const SETTINGS = {
  edge: 'PROBE_EDGE',
  token: 'PROBE_TOKEN',
  state: 'PROBE_STATE',
  id: 'PROBE_ID',
  region: 'PROBE_REGION',
  url: 'PROBE_URL',
  listen: 'PROBE_LISTEN',
  helo: 'PROBE_HELO',
} as const;

const OPTIONS = Object.fromEntries(
  [...Object.keys(SETTINGS), 'settings'].map((name) => [name, { type: 'string' as const }]),
);

type Environment = Readonly<Record<string, string | undefined>>;

/** Value of each option. */
export type JoinOptions = Readonly<Partial<Record<keyof typeof SETTINGS | 'settings', string | undefined>>>;

/** The environment for the node to start with. Throws an OptionsError. */
export function joinEnvironment(args: readonly string[], given: Environment): Environment {
  return environmentOf(readOptions(args), given);
}

/** The same from parsed options. */
export function environmentOf(values: JoinOptions, given: Environment): Environment {
  const options = (Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]).flatMap((option) => {
    const value = values[option];
    return value === undefined ? [] : [[SETTINGS[option], value] as const];
  });
  const file = values.settings === undefined ? {} : readSettings(values.settings);
  const environment: Record<string, string | undefined> = { ...given, ...file, ...Object.fromEntries(options) };
  const state = path.resolve(stateFolderOf(environment));
  if (existsSync(path.join(state, 'node.json'))) return { ...environment, PROBE_STATE: state };
  if (environment['PROBE_TOKEN'] === undefined) {
    throw new OptionsError(
      `join needs --token, because ${state} holds no node that has joined; make one with: vrfy nodes token REGION`,
    );
  }
  // A machine that is only a node often has the name that mail servers should see.
  return { PROBE_HELO: hostname(), ...environment, PROBE_STATE: state };
}

function readOptions(args: readonly string[]): JoinOptions {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : 'the options are not valid', { cause: error });
  }
}

function readSettings(file: string): Environment {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown fault';
    throw new OptionsError(`${file} cannot be read (${code})`, { cause: error });
  }
  return Object.fromEntries(Object.entries(parseEnv(text)).filter(([name]) => name.startsWith('PROBE_')));
}
