/** Entry of the far side's thread: starts servers on command, and answers with their addresses or counts. */
import { parentPort } from 'node:worker_threads';
import { type LinkOptions, startLink } from './delay-line.ts';
import { startDoh } from './doh-server.ts';
import { type HostileOptions, hostileCounts, startHostileServers } from './hostile-server.ts';
import { type MailOptions, mailCounts, recipientCounts, startMailServer } from './mail-server.ts';
import { silentCounts, startSilentServer } from './silent-server.ts';

const CALLS = {
  mail: (options: MailOptions) => startMailServer(options),
  mailCounts: (_: null) => mailCounts(),
  recipientCounts: (_: null) => recipientCounts(),
  link: (options: LinkOptions) => startLink(options),
  doh: (_: null) => startDoh(),
  silent: (_: null) => startSilentServer(),
  silentCounts: (_: null) => silentCounts(),
  hostile: (options: HostileOptions) => startHostileServers(options),
  hostileCounts: (_: null) => hostileCounts(),
};

export type FarSideCalls = typeof CALLS;

parentPort?.on('message', async ({ id, name, argument }: { id: number; name: keyof FarSideCalls; argument: never }) => {
  parentPort?.postMessage({ id, answer: await CALLS[name](argument) });
});
