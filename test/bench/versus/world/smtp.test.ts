import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { SERVERS } from '../../../../bench/versus/sets/servers.ts';
import { type Conduct, newConduct, type Script, serve } from '../../../../bench/versus/world/smtp.ts';

const open: net.Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server with the script, and a client that writes pieces: each after the server has sent a text that matches. */
async function talk(
  script: Script,
  pieces: readonly (readonly [after: RegExp, send: string])[],
  until: RegExp,
): Promise<{ readonly heard: string; readonly conduct: Conduct }> {
  const conduct = newConduct();
  const server = net.createServer((socket) => serve(socket, script, conduct));
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}); // A server of the world may reset.
  let heard = '';
  const left = [...pieces];
  const act = (): void => {
    const next = left[0];
    if (next === undefined || !next[0].test(heard)) return;
    left.shift();
    client.write(next[1]);
  };
  client.on('connect', act);
  await new Promise<void>((resolve) => {
    client.on('close', () => resolve());
    client.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8');
      act();
      if (left.length === 0 && until.test(heard)) client.destroy();
    });
  });
  return { heard, conduct };
}

const ASK = [
  [/^220 /m, 'EHLO me.example\r\n'],
  [/^250 ENHANCED/m, 'MAIL FROM:<me@me.example>\r\n'],
  [/2\.1\.0/, 'RCPT TO:<ada@a.example>\r\n'],
] as const;

describe('a mail server of the world', () => {
  test('knows its mailbox and refuses another', async () => {
    const yes = await talk({}, ASK, /2\.1\.5/);
    expect(yes.heard).toMatch(/^250 2\.1\.5 Ok\r\n$/m);
    const no = await talk({ knows: [] }, ASK, /5\.1\.1/);
    expect(no.heard).toMatch(/^550 5\.1\.1/m);
    expect(yes.conduct).toEqual({ sessions: 1, spokeEarly: 0, outOfTurn: 0, sentData: 0 });
  });

  test('notes a client that speaks before the greeting, but not one that takes its leave', async () => {
    const script: Script = { greeting: (session) => session.later(100, () => session.say('220 late')) };
    const eager = await talk(script, [[/^/, 'EHLO me.example\r\n']], /^250 ENHANCED/m);
    expect([eager.conduct.spokeEarly, eager.conduct.outOfTurn]).toEqual([1, 1]);
    const leaving = await talk(script, [[/^/, 'QUIT\r\n']], /^221/m);
    expect([leaving.conduct.spokeEarly, leaving.conduct.outOfTurn]).toEqual([0, 0]);
  });

  test('notes commands in one piece only while PIPELINING is not announced', async () => {
    const group = 'MAIL FROM:<me@me.example>\r\nRCPT TO:<ada@a.example>\r\n';
    const announced = await talk({}, [ASK[0], [/^250 ENHANCED/m, group]], /2\.1\.5/);
    expect(announced.conduct.outOfTurn).toBe(0);
    const plain = await talk({ ehlo: '250 mx.example.org' }, [ASK[0], [/^250 mx/m, group]], /2\.1\.5/);
    expect(plain.conduct.outOfTurn).toBe(1);
  });

  test('answers commands that came together one packet after the other', async () => {
    const packets: string[] = [];
    const server = net.createServer((socket) => serve(socket, {}, newConduct()));
    open.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('HELO me.example\r\nMAIL FROM:<me@me.example>\r\nRCPT TO:<gone@a.example>\r\nQUIT\r\n');
    client.on('data', (chunk: Buffer) => packets.push(chunk.toString('utf8')));
    await once(client, 'end');
    client.destroy();
    expect(packets).toContainEqual(expect.stringMatching(/^550 5\.1\.1 /));
  });

  test('notes DATA and takes no mail', async () => {
    const { heard, conduct } = await talk({}, [...ASK, [/2\.1\.5/, 'DATA\r\n']], /^554/m);
    expect(heard).not.toMatch(/^354/m);
    expect(conduct.sentData).toBe(1);
  });

  test('that forgets reads one command of a piece', async () => {
    const { heard } = await talk(
      { forgets: true },
      [ASK[0], [/^250 ENHANCED/m, 'MAIL FROM:<me@me.example>\r\nRCPT TO:<ada@a.example>\r\n'], [/2\.1\.0/, 'QUIT\r\n']],
      /^221/m,
    );
    expect(heard).not.toContain('2.1.5');
  });

  test('that is strict ends a session in which a command comes too early', async () => {
    const script = SERVERS.find(({ id }) => id === 'strict')?.hosts[0]?.script ?? {};
    const group = 'MAIL FROM:<me@me.example>\r\nRCPT TO:<ada@a.example>\r\n';
    const { heard } = await talk(script, [ASK[0], [/^250 8BITMIME/m, group]], /never/);
    expect(heard).toMatch(/^554 SMTP synchronization error/m);
  });
});
