/**
 * `vrfy node doctor`: examines this machine as the node would, with the node's own settings, and says what to mend.
 *
 * Exit code 1 where a fault was found, 78 for bad settings.
 */
import { examineByHand } from '../probe-node/doctor/command.ts';
import { localAddresses } from '../probe-node/doctor/local-addresses.ts';
import { readArguments } from './exit.ts';

export async function doctorCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({ args: [...args], options: { json: { type: 'boolean', default: false } } });
  const ports = { nowMs: () => Date.now(), localAddresses };
  const { code, stdout, stderr } = await examineByHand(process.env, values.json, ports);
  process.stdout.write(stdout);
  if (stderr !== '') process.stderr.write(`vrfy: ${stderr}`);
  return code;
}
