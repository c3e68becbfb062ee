/** Postfix as a verifier: a queue of its own in the foreground, asked over the socket of verify(8). */
import { execFile } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Verdict } from '../../../shared/verdict.ts';
import { labFolder, startChild } from '../../../test/interop/lab/child.ts';
import { type Tree, tree } from '../../../test/interop/lab/debian.ts';
import { ASKER, SENDER } from '../world/names.ts';
import { decodeAttributes, encodeAttributes, inAscii, VERIFY_STATES } from './debian.ts';
import { PATIENCE_MS, type RunningPeer } from './peer.ts';

const run = promisify(execFile);

const POLL_MS = 10;

export async function startPostfix(): Promise<RunningPeer> {
  const files = await tree('postfix');
  const folder = await labFolder('versus-postfix');
  const config = join(folder.path, 'config');
  await layOut(folder.path, config, files);
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

async function layOut(folder: string, config: string, files: Tree): Promise<void> {
  await mkdir(config);
  const queue = join(folder, 'queue');
  const open = ['public', 'maildrop'];
  const closed = [
    'active',
    'bounce',
    'corrupt',
    'defer',
    'deferred',
    'flush',
    'hold',
    'incoming',
    'private',
    'saved',
    'trace',
  ];
  for (const dir of ['pid', ...open, ...closed]) await mkdir(join(queue, dir), { recursive: true });
  await mkdir(join(folder, 'data'));
  await run('chown', ['postfix', join(folder, 'data'), ...[...open, ...closed].map((dir) => join(queue, dir))]);
  await run('chgrp', ['postdrop', ...open.map((dir) => join(queue, dir))]);
  await run('chmod', ['0700', join(folder, 'data'), ...closed.map((dir) => join(queue, dir))]);
  await run('chmod', ['0710', join(queue, 'public')]);
  await run('chmod', ['0730', join(queue, 'maildrop')]);
  const parameters = {
    compatibility_level: '3.6',
    myhostname: ASKER,
    mydestination: '',
    inet_protocols: 'ipv4',
    inet_interfaces: '127.0.0.1',
    queue_directory: queue,
    data_directory: join(folder, 'data'),
    daemon_directory: files.path('/usr/lib/postfix/sbin'),
    command_directory: files.path('/usr/sbin'),
    shlib_directory: files.path('/usr/lib/postfix'),
    meta_directory: config,
    maillog_file: join(folder, 'mail.log'),
    maillog_file_prefixes: folder,
    import_environment: `MAIL_CONFIG=${config} LD_LIBRARY_PATH=${files.env['LD_LIBRARY_PATH'] ?? ''} POSTLOG_SERVICE POSTLOG_HOSTNAME TZ`,
    alias_maps: '',
    address_verify_sender: SENDER,
    address_verify_map: `btree:${folder}/data/verify_cache`,
    default_process_limit: '200',
  };
  const lines = (of: readonly string[]): string => `${of.join('\n')}\n`;
  await writeFile(
    join(config, 'main.cf'),
    lines(Object.entries(parameters).map(([name, value]) => `${name} = ${value}`)),
  );
  // Postfix reads a main.cf changed within the last seconds again and again, for fear of an editor still at work.
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(join(config, 'main.cf'), longAgo, longAgo);
  await writeFile(
    join(config, 'dynamicmaps.cf'),
    await readFile(files.path('/etc/postfix/dynamicmaps.cf')).catch(() => ''),
  );
  await writeFile(
    join(config, 'master.cf'),
    lines([
      'cleanup unix n - n - 0 cleanup',
      'qmgr unix n - n 300 1 qmgr',
      'rewrite unix - - n - - trivial-rewrite',
      'bounce unix - - n - 0 bounce',
      'defer unix - - n - 0 bounce',
      'trace unix - - n - 0 bounce',
      'verify unix - - n - 1 verify',
      'proxymap unix - - n - - proxymap',
      'smtp unix - - n - - smtp',
      'error unix - - n - - error',
      'retry unix - - n - - error',
      'discard unix - - n - - discard',
      'tlsmgr unix - - n 1000? 1 tlsmgr',
      'postlog unix-dgram n - n - 1 postlogd',
    ]),
  );
}
