import { afterEach, describe, expect, test } from 'vitest';
import { PERSONAS } from '../../../probe-node/sandbox/personas.ts';
import { type SmtpServer, startSmtpServer } from '../../../probe-node/sandbox/smtp-server.ts';
import { type ManualTimers, manualTimers } from './manual-timers.ts';
import { openClient, type SmtpClient } from './smtp-client.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Lab = { server: SmtpServer; timers: ManualTimers; open: () => Promise<SmtpClient> };

async function lab(domain: string): Promise<Lab> {
  const host = PERSONAS.find((persona) => persona.domain === domain)?.hosts[0];
  if (host === undefined || host.conduct === null) throw new Error(`no mail host for ${domain}`);
  const timers = manualTimers();
  const server = await startSmtpServer({ domain, host: host.host, conduct: host.conduct }, timers);
  ends.push(server.close);
  const open = async (): Promise<SmtpClient> => {
    const client = await openClient(server.port);
    ends.push(client.close);
    return client;
  };
  return { server, timers, open };
}

/** For events at the other end of a socket. */
const POLL = { interval: 5 };

const HELLO = ['EHLO probe.vrfy.test', 'MAIL FROM:<probe@vrfy.test>'] as const;

/** Greeting, EHLO and MAIL, each reply read. */
async function introduce(client: SmtpClient): Promise<void> {
  await client.reply();
  for (const line of HELLO) await client.ask(line);
}

describe('a session', () => {
  test('a session runs from greeting to goodbye', async () => {
    const { open } = await lab('good.test');
    const client = await open();
    expect(await client.reply()).toBe('220 mx.good.test ESMTP pretend mail server');
    expect(await client.ask(HELLO[0])).toBe(
      '250-mx.good.test\n250-PIPELINING\n250-SIZE 10485760\n250-8BITMIME\n250-SMTPUTF8\n250 ENHANCEDSTATUSCODES',
    );
    expect(await client.ask(HELLO[1])).toBe('250 2.1.0 Ok');
    expect(await client.ask('RCPT TO:<ada@good.test>')).toBe('250 2.1.5 Ok');
    expect(await client.ask('QUIT')).toBe('221 2.0.0 Bye');
    expect(await client.rest()).toBe('');
  });

  test('a session answers a pipelined group in order and holds nothing against the client', async () => {
    const { open, server } = await lab('good.test');
    const client = await open();
    await client.reply();
    await client.ask(HELLO[0]);
    client.send(HELLO[1], 'RCPT TO:<ada@good.test>', 'RCPT TO:<x7k2@good.test>', 'QUIT');
    const codes = [await client.reply(), await client.reply(), await client.reply(), await client.reply()];
    expect(codes.map((reply) => reply.slice(0, 3))).toEqual(['250', '250', '550', '221']);
    expect(server.counters()).toEqual({ connections: 1, commands: 5, pregreets: 0, badPipelining: 0, data: 0 });
  });

  test('a session reads a command in any pieces alike', async () => {
    const { open } = await lab('good.test');
    const client = await open();
    await client.reply();
    for (const piece of ['EH', 'LO probe.vrfy', '.test\r', '\n']) client.sendRaw(piece);
    expect(await client.reply()).toMatch(/^250-mx\.good\.test/);
  });

  test('a session carries a refusal of several lines', async () => {
    const { open } = await lab('multiline.test');
    const client = await open();
    await introduce(client);
    expect((await client.ask('RCPT TO:<nobody@multiline.test>')).split('\n')).toHaveLength(3);
  });
});

describe('bounds', () => {
  test('a line that never ends is cut off', async () => {
    const { open } = await lab('good.test');
    const client = await open();
    await client.reply();
    client.sendRaw('x'.repeat(3_000));
    expect(await client.reply()).toMatch(/^500 5\.5\.2 /);
    expect(await client.rest()).toBe('');
  });

  test('a bare LF is no line end', async () => {
    const { open } = await lab('good.test');
    const client = await open();
    await client.reply();
    client.sendRaw('EHLO probe.vrfy.test\n');
    expect(await client.reply()).toMatch(/^521 5\.5\.2 /);
    expect(await client.rest()).toBe('');
  });
});

describe('DATA', () => {
  test('DATA is refused, counted, and nothing after it is read', async () => {
    const { open, server } = await lab('catchall.test');
    const client = await open();
    await introduce(client);
    await client.ask('RCPT TO:<anyone@catchall.test>');
    expect(await client.ask('DATA')).toMatch(/^554 5\.7\.1 /);
    expect(await client.rest()).toBe('');
    expect(server.counters().data).toBe(1);
  });
});

describe('speaking before the greeting', () => {
  test('speaking before the greeting is recorded and punished while the teaser is out', async () => {
    const { open, server } = await lab('teaser.test');
    const client = await open();
    client.send(HELLO[0]);
    expect(await client.rest()).toBe(
      '220-mx.teaser.test ESMTP, a moment please\r\n554 5.5.1 Protocol error: you spoke before the greeting\r\n',
    );
    expect(server.counters().pregreets).toBe(1);
  });

  test('speaking before the greeting is recorded once if the server stays silent', async () => {
    const { open, server } = await lab('timeout.test');
    const first = await open();
    first.send('EHLO a');
    first.send('EHLO b');
    await first.close();
    const second = await open();
    await second.close();
    await expect.poll(server.counters, POLL).toMatchObject({ connections: 2, pregreets: 1, commands: 0 });
  });

  test('speaking before the greeting is not what a client does that waits for the last line', async () => {
    const { open, server, timers } = await lab('teaser.test');
    const client = await open();
    expect(await timers.nextTimer()).toBe(2_000);
    timers.fire();
    expect(await client.reply()).toBe(
      '220-mx.teaser.test ESMTP, a moment please\n220 mx.teaser.test ESMTP pretend mail server',
    );
    for (const line of HELLO) await client.ask(line);
    expect(await client.ask('RCPT TO:<ada@teaser.test>')).toBe('250 2.1.5 Ok');
    expect(server.counters().pregreets).toBe(0);
  });
});

describe('pipelining that was not announced', () => {
  test('pipelining that was not announced is recorded and ends the session if the server punishes it', async () => {
    const { open, server } = await lab('nopipelining.test');
    const client = await open();
    await client.reply();
    expect(await client.ask(HELLO[0])).not.toContain('PIPELINING');
    client.send(HELLO[1], 'RCPT TO:<ada@nopipelining.test>');
    expect(await client.rest()).toBe('554 5.5.0 Error: SMTP protocol synchronization\r\n');
    expect(server.counters().badPipelining).toBe(1);
  });

  test('pipelining that was not announced is recorded after EHLO even if the reply then announces it', async () => {
    const { open, server } = await lab('good.test');
    const client = await open();
    await client.reply();
    client.send(...HELLO);
    expect(await client.reply()).toMatch(/^250-/);
    expect(await client.reply()).toBe('250 2.1.0 Ok');
    expect(server.counters().badPipelining).toBe(1);
  });

  test('pipelining that was not announced is not recorded of a client that waits for each reply', async () => {
    const { open, server } = await lab('nopipelining.test');
    const client = await open();
    await introduce(client);
    expect(await client.ask('RCPT TO:<ada@nopipelining.test>')).toBe('250 Ok');
    expect(server.counters().badPipelining).toBe(0);
  });
});

describe('moods', () => {
  test('greylist.test holds each name off, then accepts Ada and refuses the random name that came before', async () => {
    const { open, timers } = await lab('greylist.test');
    const ask = async (localPart: string): Promise<string> => {
      const client = await open();
      await introduce(client);
      return client.ask(`RCPT TO:<${localPart}@greylist.test>`);
    };
    expect(await ask('ada')).toMatch(/^450 4\.7\.1 .*Greylisted, please try again in 1 second$/);
    expect(await ask('x7k2')).toMatch(/^450 4\.7\.1 /);
    timers.advance(2_000);
    expect(await ask('ada')).toBe('250 2.1.5 Ok');
    expect(await ask('x7k2')).toMatch(/^550 5\.1\.1 /);
    expect(await ask('q9z4')).toMatch(/^450 4\.7\.1 /);
  });

  test('slow.test gives its answer when its time has come, and what follows at once', async () => {
    const { open, timers, server } = await lab('slow.test');
    const client = await open();
    await client.reply();
    await client.ask(HELLO[0]);
    client.send(HELLO[1], 'RCPT TO:<ada@slow.test>', 'RCPT TO:<x7k2@slow.test>');
    expect(await client.reply()).toBe('250 2.1.0 Ok');
    expect(await timers.nextTimer()).toBe(15_000);
    timers.fire();
    expect(await client.reply()).toBe('250 2.1.5 Ok');
    expect(await client.reply()).toMatch(/^550 5\.1\.1 /);
    expect(server.counters().badPipelining).toBe(0);
  });

  test('slow.test forgets its answer when the client goes', async () => {
    const { open, timers } = await lab('slow.test');
    const client = await open();
    await introduce(client);
    client.send('RCPT TO:<ada@slow.test>');
    await timers.nextTimer();
    await client.close();
    await expect.poll(timers.pending, POLL).toBe(0);
  });

  test('blocked.test refuses in its greeting and closes', async () => {
    const { open } = await lab('blocked.test');
    expect(await (await open()).rest()).toMatch(/^554 5\.7\.1 .* blocked using zen\.spamhaus\.org\r\n$/);
  });

  test('garbage.test greets with no SMTP', async () => {
    const { open } = await lab('garbage.test');
    expect(await (await open()).rest()).toMatch(/^SSH-2\.0-/);
  });

  test('dropped.test closes in the middle of a refusal', async () => {
    const { open } = await lab('dropped.test');
    const client = await open();
    await introduce(client);
    client.send('RCPT TO:<ada@dropped.test>');
    expect(await client.rest()).toMatch(/^550 5\.1\.1 <ada@dropped\.test>[^\r\n]*$/);
  });

  test('hangup.test accepts Ada, refuses the random name and closes', async () => {
    const { open } = await lab('hangup.test');
    const client = await open();
    await introduce(client);
    client.send('RCPT TO:<ada@hangup.test>', 'RCPT TO:<x7k2@hangup.test>', 'QUIT');
    expect(await client.rest()).toMatch(/^250 2\.1\.5 Ok\r\n550 5\.1\.1 [^\r\n]*\r\n$/);
  });
});
