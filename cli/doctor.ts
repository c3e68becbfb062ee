/**
 * `vrfy node doctor`: examines this machine with the node's own settings, and says how to mend each fault.
 *
 * Exit code 1 if a fault was found, 78 for bad settings.
 */
import { examineByHand } from '../probe-node/doctor/command.ts';
import { localAddresses } from '../probe-node/doctor/local-addresses.ts';

export async function doctor({ json = false }: { readonly json?: boolean | undefined }): Promise<number> {
  const ports = { nowMs: () => Date.now(), localAddresses };
  const { code, stdout, stderr } = await examineByHand(process.env, json, ports);
  process.stdout.write(stdout);
  if (stderr !== '') process.stderr.write(`vrfy: ${stderr}`);
  return code;
}
