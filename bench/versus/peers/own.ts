/** The facts of this project as one of the peers. */
import pkg from '../../../package.json' with { type: 'json' };
import type { PeerFacts } from './peer.ts';

export const VRFY: PeerFacts = {
  id: 'vrfy',
  name: 'vrfy',
  version: pkg.version,
  licence: pkg.license,
  kind: 'this project',
  options:
    "`npm start -- --no-sandbox` with one node; the namespace's DNS and its network 10.64.0.0/10 allowed; pacing per provider off, since no peer has any",
  mapping: 'its own verdicts, of one request with `deadline_ms=20000`; nothing is asked a second time',
};
