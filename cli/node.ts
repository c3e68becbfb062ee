/** `vrfy node ...`: what an operator does on the machine of a probe node. */
import { UsageError } from './exit.ts';

type Command = (args: readonly string[]) => Promise<number> | number;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  join: async () => (await import('./node-join.ts')).joinCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
};

export async function nodeCommand([name = '', ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`node takes one of ${Object.keys(COMMANDS).join(', ')}`);
  return (await command())(args);
}
