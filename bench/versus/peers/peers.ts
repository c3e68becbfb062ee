/** All peers, this project first. */
import { EXIM, POSTFIX, SWAKS } from './debian.ts';
import { NPM_PEERS } from './npm.ts';
import { VRFY } from './own.ts';
import type { PeerFacts } from './peer.ts';

export const PEERS: readonly PeerFacts[] = [VRFY, POSTFIX, EXIM, ...NPM_PEERS, SWAKS];
