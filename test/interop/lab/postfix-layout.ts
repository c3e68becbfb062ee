/**
 * The folders that a Postfix of one's own needs below a folder: its queue and its data, with the owners and rights that
 * `master` insists on. Postfix from Debian's archive runs on them as a child in the foreground, with the configuration of its owner.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Tree } from './debian.ts';

const run = promisify(execFile);

/** Folders of the queue that the group `postdrop` may use, and those that nobody but Postfix may. */
const OPEN = ['public', 'maildrop'];
const CLOSED = [
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

export type PostfixConfiguration = {
  /** Parameters of main.cf beside those of the places (`placesOf`). */
  readonly parameters: Readonly<Record<string, string>>;
  /** Services of master.cf beside those that every Postfix needs. */
  readonly services: readonly string[];
};

/** Services of master.cf without which no Postfix works. */
const SERVICES = [
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'proxymap unix - - n - - proxymap',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'postlog unix-dgram n - n - 1 postlogd',
];

/** Makes the folders below `folder`, and main.cf and master.cf in `folder/config`, whose path is the result. */
export async function layOutPostfix(
  folder: string,
  files: Tree,
  { parameters, services }: PostfixConfiguration,
): Promise<string> {
  const config = join(folder, 'config');
  const [queue, data] = [join(folder, 'queue'), join(folder, 'data')];
  for (const dir of ['pid', ...OPEN, ...CLOSED]) await mkdir(join(queue, dir), { recursive: true });
  for (const dir of [config, data]) await mkdir(dir, { recursive: true });
  await run('chown', ['postfix', data, ...[...OPEN, ...CLOSED].map((dir) => join(queue, dir))]);
  await run('chgrp', ['postdrop', ...OPEN.map((dir) => join(queue, dir))]);
  await run('chmod', ['0700', data, ...CLOSED.map((dir) => join(queue, dir))]);
  await run('chmod', ['0710', join(queue, 'public')]);
  await run('chmod', ['0730', join(queue, 'maildrop')]);
  const main = Object.entries({ ...placesOf(folder, config, files), ...parameters });
  await writeFile(join(config, 'main.cf'), lines(main.map(([name, value]) => `${name} = ${value}`)));
  // Postfix reads a main.cf changed within the last seconds again and again, for fear of an editor still at work.
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(join(config, 'main.cf'), longAgo, longAgo);
  await writeFile(join(config, 'master.cf'), lines([...services, ...SERVICES]));
  // Postfix wants to read this at its leisure, and says so if it is missing.
  await writeFile(
    join(config, 'dynamicmaps.cf'),
    await readFile(files.path('/etc/postfix/dynamicmaps.cf')).catch(() => ''),
  );
  return config;
}

function placesOf(folder: string, config: string, files: Tree): Readonly<Record<string, string>> {
  return {
    compatibility_level: '3.6',
    mydestination: '',
    inet_interfaces: '127.0.0.1', // one that the system lists; the port listened on stands in master.cf
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    daemon_directory: files.path('/usr/lib/postfix/sbin'),
    command_directory: files.path('/usr/sbin'),
    shlib_directory: files.path('/usr/lib/postfix'),
    meta_directory: config,
    maillog_file: join(folder, 'mail.log'),
    maillog_file_prefixes: folder,
    import_environment: `MAIL_CONFIG=${config} LD_LIBRARY_PATH=${files.env['LD_LIBRARY_PATH'] ?? ''} POSTLOG_SERVICE POSTLOG_HOSTNAME TZ`,
    alias_maps: '',
  };
}

export function lines(of: readonly string[]): string {
  return `${of.join('\n')}\n`;
}
