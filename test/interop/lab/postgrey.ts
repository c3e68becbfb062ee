// Real postgrey as a policy server on loopback (Postfix SMTPD_POLICY_README): greylists the triplet of client network (/24),
// envelope sender and recipient, and lets it pass once `delaySeconds` have gone by since it was first seen.
//
// It says, through Postfix: `450 4.2.0 <rcpt>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/<domain>.html`

import { chown, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, startChild } from './child.ts';
import { tree } from './debian.ts';
import { freePort, isListening } from './port.ts';

/** nobody and nogroup on Debian: postgrey refuses to serve as root. */
const NOBODY = 65534;

export type Postgrey = {
  /** `host:port` for check_policy_service. */
  readonly policy: string;
  logs(): string;
  stop(): Promise<void>;
};

export type PostgreySettings = {
  readonly delaySeconds: number;
  /** The text of its refusal, in place of its default; `%s` stands for the seconds that are left. */
  readonly text?: string;
};

/** Starts postgrey with an empty memory. */
export async function startPostgrey(settings: PostgreySettings): Promise<Postgrey> {
  const files = await tree('postgrey');
  const folder = await labFolder('postgrey');
  const port = await freePort();
  const memory = join(folder.path, 'memory');
  await mkdir(memory);
  await chown(memory, NOBODY, NOBODY);
  await writeFile(join(folder.path, 'whitelist'), '');
  // Perl loads some modules late, when postgrey is nobody already and can no longer enter, say, a checkout under /root.
  const modules = join(folder.path, 'modules');
  await cp(files.path('/usr'), modules, { recursive: true });
  const child = startChild({
    name: 'postgrey',
    command: '/usr/bin/perl',
    // Taint mode ignores PERL5LIB, so the folders of the unpacked modules go on the command line.
    args: [
      ...(await perlFolders(modules)).flatMap((dir) => ['-I', dir]),
      '-T',
      files.path('/usr/sbin/postgrey'),
      `--inet=127.0.0.1:${port}`,
      `--dbdir=${memory}`,
      `--delay=${settings.delaySeconds}`,
      ...(settings.text === undefined ? [] : [`--greylist-text=${settings.text}`]),
      '--auto-whitelist-clients=0',
      '--user=nobody',
      '--group=nogroup',
      '--hostname=postgrey.interop.example',
      `--whitelist-clients=${join(folder.path, 'whitelist')}`,
      `--whitelist-recipients=${join(folder.path, 'whitelist')}`,
      '--verbose',
    ],
    env: files.env,
  });
  const stop = async () => {
    await child.stop();
    await folder.remove();
  };
  try {
    await child.ready('listening', () => isListening('127.0.0.1', port));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { policy: `127.0.0.1:${port}`, logs: () => child.output(), stop };
}

async function perlFolders(usr: string): Promise<string[]> {
  const triplets = (await readdir(join(usr, 'lib'))).filter((name) => name.endsWith('-linux-gnu'));
  const compiled = triplets.flatMap((name) => [
    join(usr, 'lib', name, 'perl5/5.36'),
    join(usr, 'lib', name, 'perl/5.36'),
  ]);
  return [join(usr, 'share/perl5'), join(usr, 'share/perl/5.36'), ...compiled];
}
