// Real greylistd, Debian's greylisting daemon for Exim: the whole triplet of client address, sender and recipient, over a
// unix socket. Exim asks it from its RCPT ACL, and words the refusal; greylistd itself only says `grey` or `white`.

import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, startChild } from './child.ts';
import { tree } from './debian.ts';

export type Greylistd = { readonly socket: string; logs(): string; stop(): Promise<void> };

/** Starts greylistd with an empty memory; a triplet passes `delaySeconds` after it was first seen. */
export async function startGreylistd(settings: { readonly delaySeconds: number }): Promise<Greylistd> {
  const files = await tree('greylistd');
  const folder = await labFolder('greylistd');
  const socket = join(folder.path, 'socket');
  // The program knows its configuration file by one fixed name under /etc; the copy that runs knows ours.
  const program = await readFile(files.path('/usr/sbin/greylistd'), 'utf8');
  await writeFile(
    join(folder.path, 'greylistd'),
    program.replace('"/etc/greylistd/config"', `"${folder.path}/config"`),
  );
  await writeFile(
    join(folder.path, 'config'),
    `[timeouts]
retryMin = ${settings.delaySeconds}
[socket]
path = ${socket}
owner = root:root
mode = 0666
[data]
statefile = ${folder.path}/states
tripletfile = ${folder.path}/triplets
`,
  );
  const hasPython = existsSync('/usr/bin/python3');
  const child = startChild({
    name: 'greylistd',
    command: hasPython ? '/usr/bin/python3' : files.path('/usr/bin/python3.11'),
    args: [join(folder.path, 'greylistd')],
    env: { ...files.env, ...(hasPython ? {} : { PYTHONHOME: files.path('/usr') }) },
  });
  const stop = async () => {
    await child.stop();
    await folder.remove();
  };
  try {
    await child.ready('its socket', () => existsSync(socket));
    await chmod(socket, 0o666);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { socket, logs: () => child.output(), stop };
}
