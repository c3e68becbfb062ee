import { describe, expect, test } from 'vitest';
import { PERSONAS } from '../../../probe-node/sandbox/personas.ts';
import { type Sandbox, startSandbox } from '../../../probe-node/sandbox/server.ts';
import { askByPost, wireQuestion } from './dns-question.ts';
import { manualTimers } from './manual-timers.ts';
import { openClient } from './smtp-client.ts';

function readRoutes({ routes }: Sandbox): ReadonlyMap<string, number> {
  return new Map(
    routes.split(',').map((route) => {
      const match = /^([a-z0-9.-]+)=127\.0\.0\.1:([0-9]+)$/.exec(route);
      if (match === null) throw new Error(`not a route: ${route}`);
      return [match[1] ?? '', Number(match[2])];
    }),
  );
}

/** TCP sockets and listeners of this process. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

/** For events at the other end of a socket. */
const POLL = { interval: 5 };

describe('the sandbox', () => {
  test('the sandbox routes every mail host to a port of its own, closed ones to a port that refuses', async () => {
    const sandbox = await startSandbox();
    const routes = readRoutes(sandbox);
    const hosts = PERSONAS.flatMap((persona) => persona.hosts);
    expect([...routes.keys()]).toEqual(hosts.map(({ host }) => host));
    const open = hosts.filter(({ conduct }) => conduct !== null).map(({ host }) => routes.get(host));
    expect(new Set(open).size).toBe(open.length);
    await expect(openClient(routes.get('mx.unreachable.test') ?? 0)).rejects.toThrow(/ECONNREFUSED/);
    await sandbox.close();
  });

  test('the sandbox leads from a domain by DNS and routes to its mail server, and counts what happens there', async () => {
    const sandbox = await startSandbox();
    const { answers } = await askByPost(sandbox.dohUrl, wireQuestion('good.test', 'MX'));
    const [mx] = answers ?? [];
    if (mx?.type !== 'MX') throw new Error('no MX record');
    const client = await openClient(readRoutes(sandbox).get(mx.data.exchange) ?? 0);
    expect(await client.reply()).toMatch(/^220 mx\.good\.test /);
    await client.ask('EHLO probe.vrfy.test');
    await client.close();
    expect(sandbox.counters()['mx.good.test']).toMatchObject({ connections: 1, commands: 1 });
    expect(sandbox.counters()['mx.catchall.test']).toMatchObject({ connections: 0 });
    await sandbox.close();
  });

  test('the sandbox hands its clock to the servers', async () => {
    const timers = manualTimers();
    const sandbox = await startSandbox(timers);
    const ask = async (): Promise<string> => {
      const client = await openClient(readRoutes(sandbox).get('mx.greylist.test') ?? 0);
      await client.reply();
      await client.ask('EHLO probe.vrfy.test');
      await client.ask('MAIL FROM:<probe@vrfy.test>');
      const reply = await client.ask('RCPT TO:<ada@greylist.test>');
      await client.close();
      return reply;
    };
    expect(await ask()).toMatch(/^450 /);
    timers.advance(2_000);
    expect(await ask()).toMatch(/^250 /);
    await sandbox.close();
  });

  test('the sandbox leaves no socket and no timer behind when closed in the middle of everything', async () => {
    const before = openSockets();
    const timers = manualTimers();
    const sandbox = await startSandbox(timers);
    const routes = readRoutes(sandbox);
    const silent = await openClient(routes.get('mx.silent.test') ?? 0);
    const teased = await openClient(routes.get('mx.teaser.test') ?? 0);
    const slow = await openClient(routes.get('mx.slow.test') ?? 0);
    await slow.reply();
    await slow.ask('EHLO probe.vrfy.test');
    slow.send('MAIL FROM:<probe@vrfy.test>', 'RCPT TO:<ada@slow.test>');
    const unanswered = askByPost(sandbox.dohUrl, wireQuestion('dnssilent.test', 'MX'));
    const isRefused = expect(unanswered).rejects.toThrow();
    await askByPost(sandbox.dohUrl, wireQuestion('good.test', 'MX'));
    await expect.poll(timers.pending, POLL).toBe(2);

    await sandbox.close();
    await Promise.all([silent.rest(), teased.rest(), slow.rest(), isRefused]);
    await Promise.all([silent.close(), teased.close(), slow.close()]);
    expect(timers.pending()).toBe(0);
    await expect.poll(openSockets, POLL).toBeLessThanOrEqual(before);
  });

  test('the sandbox may be closed twice', async () => {
    const sandbox = await startSandbox();
    await sandbox.close();
    await sandbox.close();
  });
});
