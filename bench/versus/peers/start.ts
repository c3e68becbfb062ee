/** Starts a peer within the namespace. */
import { EXIM, POSTFIX, SWAKS } from './debian.ts';
import { startExim } from './exim.ts';
import { NPM_PEERS } from './npm.ts';
import { startNpmPeer } from './npm-process.ts';
import { VRFY } from './own.ts';
import type { RunningPeer } from './peer.ts';
import { startPostfix } from './postfix.ts';
import { startSwaks } from './swaks.ts';
import { startVrfy } from './vrfy.ts';

export type Surroundings = {
  /** Folder whose `node_modules` has the packages from npm. */
  readonly npmFolder: string;
  readonly dohUrl: string;
};

export async function startPeer(id: string, { npmFolder, dohUrl }: Surroundings): Promise<RunningPeer> {
  const npmPeer = NPM_PEERS.find((peer) => peer.id === id);
  if (npmPeer !== undefined) return startNpmPeer(npmPeer, npmFolder);
  switch (id) {
    case VRFY.id:
      return startVrfy(dohUrl);
    case POSTFIX.id:
      return startPostfix();
    case EXIM.id:
      return startExim();
    case SWAKS.id:
      return startSwaks();
    default:
      throw new Error(`there is no peer ${id}`);
  }
}
