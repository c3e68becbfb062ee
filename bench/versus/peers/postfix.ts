/** Postfix as a verifier: a queue of its own in the foreground, asked over the socket of verify(8). */
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Verdict } from '../../../shared/verdict.ts';
import { labFolder, startChild } from '../../../test/interop/lab/child.ts';
import { tree } from '../../../test/interop/lab/debian.ts';
import { layOutPostfix, type PostfixConfiguration } from '../../../test/interop/lab/postfix-layout.ts';
import { ASKER, SENDER } from '../world/names.ts';
import { decodeAttributes, encodeAttributes, inAscii, VERIFY_STATES } from './debian.ts';
import { PATIENCE_MS, type RunningPeer } from './peer.ts';

const POLL_MS = 10;

export async function startPostfix(): Promise<RunningPeer> {
  const files = await tree('postfix');
  const folder = await labFolder('versus-postfix');
  const config = await layOutPostfix(folder.path, files, configuration(folder.path));
  const child = startChild({
    name: 'postfix',
    command: files.path('/usr/lib/postfix/sbin/master'),
    args: ['-c', config, '-d'],
    env: { ...files.env, MAIL_CONFIG: config },
  });
  const socketPath = join(folder.path, 'queue/private/verify');
  await child.ready('verify(8)', () =>
    query(socketPath, `nobody@${ASKER}`).then(
      () => true,
      () => false,
    ),
  );
  return {
    ask: async (address) => {
      const endMs = performance.now() + PATIENCE_MS;
      while (performance.now() < endMs) {
        const state = await query(socketPath, inAscii(address));
        if (state !== 'pending') return state;
        await pause(POLL_MS);
      }
      return 'unknown';
    },
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}

/** One question to verify(8), which answers at once and probes in the background. */
function query(path: string, address: string): Promise<Verdict | 'pending'> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    let rest = '';
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('verify(8) closed the connection')));
    socket.setTimeout(5_000, () => {
      socket.destroy();
      reject(new Error('verify(8) does not answer'));
    });
    socket.on('data', (chunk: Buffer) => {
      const decoded = decodeAttributes(rest + chunk.toString('latin1'));
      rest = decoded.rest;
      for (const message of decoded.messages) {
        if (message.has('protocol')) socket.write(encodeAttributes({ request: 'query', address }));
        const state = message.get('recipient_status');
        if (state === undefined) continue;
        socket.destroy();
        resolve(VERIFY_STATES[Number(state)] ?? 'unknown');
      }
    });
  });
}

function configuration(folder: string): PostfixConfiguration {
  return {
    parameters: {
      myhostname: ASKER,
      inet_protocols: 'ipv4',
      address_verify_sender: SENDER,
      address_verify_map: `btree:${folder}/data/verify_cache`,
      default_process_limit: '200',
    },
    services: ['smtp unix - - n - - smtp'],
  };
}
