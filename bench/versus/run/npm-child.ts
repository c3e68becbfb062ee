/**
 * One verifier from npm in a process of its own: takes addresses over IPC and answers with verdicts.
 *
 * Arguments: id of the peer, folder with its `node_modules`. The peer is unchanged: DNS and port 25 are those of the namespace.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NPM_PEERS } from '../peers/npm.ts';
import { field, type Library, type Raw } from '../peers/peer.ts';
import { SENDER } from '../world/names.ts';

const [id, folder] = process.argv.slice(2);
const peer = NPM_PEERS.find((candidate) => candidate.id === id);
if (peer === undefined || folder === undefined) throw new Error('npm-child.ts ID FOLDER');

const require = createRequire(path.join(folder, 'package.json'));
const library = (await import(pathToFileURL(require.resolve(peer.package)).href)) as Library;

process.on('message', async ({ number, address }: { number: number; address: string }) => {
  const raw: Raw = await peer.ask(library, address, SENDER).then(
    (answer) => ({ answer }),
    (thrown: unknown) => ({ error: { message: String(field(thrown, 'message') ?? thrown), code: codeOf(thrown) } }),
  );
  process.send?.({ number, verdict: peer.read(raw) });
});
process.on('disconnect', () => process.exit(0));
// A peer may throw in a callback of its own; that question is lost, as it is in a program that survives it.
process.on('uncaughtException', (error) => process.stderr.write(`${peer.id}: ${error.message}\n`));
process.on('unhandledRejection', (reason) => process.stderr.write(`${peer.id}: ${String(reason)}\n`));
process.send?.('ready');

function codeOf(thrown: unknown): string | null {
  const code = field(thrown, 'code');
  return typeof code === 'string' ? code : null;
}
