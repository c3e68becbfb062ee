import { createServer, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LINE_TIMEOUT_MS } from '../../probe-node/smtp/connection.ts';
import type { Evidence } from '../../shared/job.ts';
import { replyClassRow } from '../../shared/replies/classes.ts';
import { classify } from '../../shared/replies/classify.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { FUZZ_TIMEOUT_MS, HOSTILE_RUNS } from './fuzz-runs.ts';
import { type MailServer, OK, type ServerBehaviour, startMailServer, UNKNOWN } from './mail-server.ts';
import { createWorld, jobFor, namesOf, type World } from './node-world.ts';
import { openSockets, POLL, runningTimers } from './open-sockets.ts';

let certificate: Certificate;
let socketsBefore = 0;
let timersBefore = 0;
const worlds: World[] = [];
const closers: (() => Promise<void>)[] = [];
const peers = new Set<Socket>();

beforeAll(() => {
  certificate = makeCertificate();
});

beforeEach(() => {
  socketsBefore = openSockets();
  timersBefore = runningTimers();
});

// A test that ends shows that nothing crashed; here, no socket and no timer is left, and then the servers go.
afterEach(async () => {
  vi.useRealTimers();
  for (const { ports } of worlds.splice(0)) ports.pool.close();
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
  // One of them is the poll's own.
  await expect.poll(runningTimers, POLL).toBeLessThanOrEqual(timersBefore + 1);
  for (const close of closers.splice(0)) await close();
});

function createNode(port: number): World {
  const world = createWorld([port]);
  worlds.push(world);
  return world;
}

/** A server with a handler of its own for each connection. */
async function serveRaw(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    peers.add(socket);
    socket.on('close', () => peers.delete(socket));
    socket.on('error', () => {});
    // Close after a client that has gone, whatever the handler is doing.
    socket.on('end', () => socket.destroy());
    socket.resume();
    onSocket(socket);
  });
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Writes for ever, as fast as the client reads; there is no reply beside it. */
function flood(socket: Socket, text: string): null {
  const block = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  const pour = (): void => {
    while (socket.writable && socket.write(block)) if (socket.writableLength > 1e6) break;
  };
  socket.on('drain', pour);
  pour();
  return null;
}

/** The claim of the evidence about the mailbox: anything that may make an address invalid or deliverable. */
function claimOf({ outcome, stage, reply }: Evidence): 'exists' | 'does not' | null {
  if (outcome !== 'reply' || reply === null) return null;
  const { blame } = replyClassRow(classify(stage, reply).class);
  if (blame === 'nobody') return 'exists';
  return blame === 'recipient' && reply.code >= 500 ? 'does not' : null;
}

describe('a server that never lets one begin', () => {
  test.each<[string, string, string]>([
    ['an endless banner', '220-welcome to the machine\r\n', 'too_many_lines'],
    ['an endless line', 'x', 'line_too_long'],
    ['an endless line that opens well', '220 x', 'line_too_long'],
    ['endless empty lines', '\r\n', 'too_many_lines'],
    ['an endless stream of zeros', '\0', 'line_too_long'],
    ['an endless run of greetings', '220 mx\r\n', 'unexpected_reply'],
    ['an endless web page', '<p>hello</p>\r\n', 'not_a_reply'],
  ])('a server that never lets one begin with %s is left, and what it says is nothing', async (_, text, fault) => {
    const port = await serveRaw((socket) => flood(socket, text));
    const evidence = await createNode(port).runOne(jobFor(['ada']));
    expect(evidence).toMatchObject({ outcome: 'protocol_error', fault, reply: null });
  });

  test.each<[string, string | Uint8Array]>([
    ['binary', Uint8Array.from({ length: 512 }, (_, index) => (index * 37) % 256)],
    ['a TLS record', Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5, 0x0a)],
    ['NUL in the code', '2\u000020 mx\r\n'],
    ['a code of four digits', '2200 mx\r\n'],
    ['yes and no in one greeting', '220-mx\r\n554 no\r\n'],
    ['300 lines', `${'220-mx\r\n'.repeat(300)}220 mx\r\n`],
  ])('a server that never lets one begin but says %s breaks the session', async (_, bytes) => {
    const port = await serveRaw((socket) => socket.write(bytes));
    expect(await createNode(port).runOne(jobFor(['ada']))).toMatchObject({ outcome: 'protocol_error', reply: null });
  });

  test('a server that never lets one begin and drips one byte a second is left after a few', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const port = await serveRaw((socket) => {
      socket.write('2');
      const drip = setInterval(() => socket.write('2'), 1_000);
      socket.on('close', () => clearInterval(drip));
    });
    const told = createNode(port).runOne(jobFor(['ada']));
    // Two sessions: a session that ended without an answer is tried once more.
    for (let opened = 0; opened < 2; opened += 1) {
      await expect.poll(() => peers.size, POLL).toBe(1);
      await expect.poll(() => vi.getTimerCount(), POLL).toBeGreaterThanOrEqual(2);
      for (let passed = 0; passed <= LINE_TIMEOUT_MS; passed += 1_000) await vi.advanceTimersByTimeAsync(1_000);
      if (opened === 0 && peers.size === 0) break;
    }
    expect(await told).toMatchObject({ outcome: 'timeout', fault: 'line_too_slow' });
  });

  test('a server that never lets one begin and is silent is left at the deadline', async () => {
    const stop = new AbortController();
    const port = await serveRaw(() => setImmediate(() => stop.abort()));
    expect(await createNode(port).runOne(jobFor(['ada']), stop.signal)).toMatchObject({
      outcome: 'timeout',
      stage: 'connect',
      fault: 'deadline',
    });
  });

  test.each<[string, (socket: Socket) => void]>([
    ['closes its half', (socket) => socket.end()],
    ['closes its half in the middle of a line', (socket) => socket.end('220 m')],
    ['closes its half behind the greeting', (socket) => socket.end('220 mx\r\n')],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['resets in the middle of a line', (socket) => socket.write('220 m', () => socket.resetAndDestroy())],
  ])('a server that never lets one begin and %s is dropped', async (_, act) => {
    const evidence = await createNode(await serveRaw(act)).runOne(jobFor(['ada']));
    expect(['dropped', 'unreachable']).toContain(evidence.outcome);
    expect(evidence.reply).toBeNull();
  });
});

async function serve(behaviour: Partial<ServerBehaviour>): Promise<MailServer> {
  const server = await startMailServer(behaviour);
  closers.push(server.close);
  return server;
}

const behind =
  (verb: string, injected: string): NonNullable<ServerBehaviour['reply']> =>
  (line) => {
    if (!line.startsWith(verb)) return undefined;
    const usual = { RCPT: line.includes('<ada@') ? OK : UNKNOWN, EHLO: '250-mx\r\n250 PIPELINING', QUIT: '221 bye' };
    return `${usual[verb as keyof typeof usual] ?? '250 ok'}${injected}`;
  };

describe.each([
  ['with PIPELINING', ['PIPELINING']],
  ['one by one', []],
])('replies that carry more than their own, %s,', (_, extensions) => {
  test.each<[string, Partial<ServerBehaviour>]>([
    ['a yes behind the greeting', { greeting: '220 mx\r\n250 ok' }],
    ['many a yes behind the greeting', { greeting: `220 mx${'\r\n250 ok'.repeat(9)}` }],
    ['a yes behind EHLO', { reply: behind('EHLO', '\r\n250 ok') }],
    ['a yes behind MAIL', { reply: behind('MAIL', '\r\n250 ok') }],
    ['a no behind MAIL', { reply: behind('MAIL', `\r\n${UNKNOWN}`) }],
    ['two of them behind MAIL', { reply: behind('MAIL', `\r\n250 ok\r\n${UNKNOWN}`) }],
    ['a yes behind RCPT', { reply: behind('RCPT', '\r\n250 ok') }],
    ['a no behind RCPT', { reply: behind('RCPT', `\r\n${UNKNOWN}`) }],
    ['a yes behind RSET', { reply: behind('RSET', '\r\n250 ok') }],
    ['a megabyte of yes behind RCPT', { reply: behind('RCPT', '\r\n250 ok'.repeat(150_000)) }],
    ['half a line behind MAIL', { reply: behind('MAIL', '\r\n250 o') }],
    ['a command behind RCPT', { reply: behind('RCPT', '\r\nRCPT TO:<eve@example.test>') }],
  ])('give no mailbox what it has not earned: %s', async (_, behaviour) => {
    const server = await serve({ extensions, ...behaviour });
    const names = ['ada', 'nobody', 'noone'];
    for (const evidence of await createNode(server.port).run(jobFor(names, { catch_all: 'ask' }))) {
      expect([null, evidence.id === 0 ? 'exists' : 'does not']).toContain(claimOf(evidence));
      if (evidence.stranger !== null) expect(evidence.stranger.reply.code).toBe(550);
    }
  });
});

describe('a server that turns', () => {
  test.each<[string, ServerBehaviour['reply']]>([
    ['floods behind MAIL', (line, { socket }) => (line.startsWith('MAIL') ? flood(socket, '250-x\r\n') : undefined)],
    ['floods behind RCPT', (line, { socket }) => (line.startsWith('RCPT') ? flood(socket, 'x') : undefined)],
    [
      'answers RCPT with 300 lines',
      (line) => (line.startsWith('RCPT') ? `${'250-x\r\n'.repeat(300)}250 ok` : undefined),
    ],
    ['answers RCPT with yes and no', (line) => (line.startsWith('RCPT') ? '250-5.1.1 yes\r\n550 5.1.1 no' : undefined)],
    ['answers RCPT with a line of 5000', (line) => (line.startsWith('RCPT') ? `250 ${'x'.repeat(5_000)}` : undefined)],
  ])('a server that turns and %s gives no mailbox anything', async (_, reply) => {
    const server = await serve({ reply });
    const [evidence] = await createNode(server.port).run(jobFor(['ada']));
    expect(evidence).toMatchObject({ outcome: 'protocol_error', reply: null });
  });

  test('a server that turns and says 250 and closes is believed for what it said in turn, and for no more', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!line.startsWith('RCPT')) return undefined;
      visit.hangUp();
      return undefined;
    };
    const server = await serve({ reply });
    const evidence = await createNode(server.port).run(jobFor(['ada', 'nobody']));
    expect(evidence.map(({ id, reply: said }) => [id, said?.code])).toEqual([
      [0, 250],
      [1, 550],
    ]);
  });

  test('a server that turns and closes at once when MAIL is said is given up after two tries', async () => {
    const server = await serve({
      reply: (line, visit) => {
        if (line.startsWith('MAIL')) visit.hangUp();
        return line.startsWith('MAIL') ? null : undefined;
      },
    });
    expect(await createNode(server.port).runOne(jobFor(['ada']))).toMatchObject({ outcome: 'dropped', stage: 'mail' });
    expect(server.visits).toHaveLength(2);
  });
});

describe('any mixture of all that', () => {
  /** A small generator with a seed (mulberry32), so that a failure comes again. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let word = Math.imul(state ^ (state >>> 15), state | 1);
      word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word;
      return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** Texts that keep a client waiting for more: the deadline is tested elsewhere. */
  const SILENT = ['', '\r\n', '250-'];
  const NOISE = [
    '',
    '\r\n',
    '220 mx',
    '250 ok',
    UNKNOWN,
    '450 later',
    '354 go',
    'x'.repeat(5_000),
    '250-',
    '\0\x01\xff',
    '999 no',
  ];
  const TURNING_AWAY = [
    '421 4.7.0 bye',
    '451 4.3.0 later',
    '554 5.7.1 no',
    '452 4.5.3 Too many recipients',
    '503 what',
    '530 5.7.0 Must issue a STARTTLS command first',
  ];

  /** A server whose every mistake can be detected: its in-turn reply about a mailbox is the truth. */
  function hostileBehaviour(random: () => number): Partial<ServerBehaviour> {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const isOdd = random() < 0.8;
    const misbehave = (visit: Parameters<ServerBehaviour['reply']>[1]): string | null | undefined => {
      const lot = random();
      if (lot < 0.25) return undefined;
      visit.hangUp();
      if (lot < 0.4) return null;
      if (lot < 0.6) return pick(TURNING_AWAY);
      if (lot < 0.8) return `250-yes\r\n${UNKNOWN}`;
      return `354 ${pick(NOISE)}`;
    };
    return {
      extensions: random() < 0.7 ? ['PIPELINING', 'SMTPUTF8'] : [],
      greeting: random() < 0.85 ? '220 mx' : pick([...TURNING_AWAY, ...NOISE.filter((text) => !SILENT.includes(text))]),
      tls: random() < 0.2 ? certificate : null,
      afterStarttls: random() < 0.3 ? pick(NOISE) : '',
      reply: (_, visit) => (isOdd && random() < 0.12 ? misbehave(visit) : undefined),
    };
  }

  test(
    `leaves every answer true, in ${HOSTILE_RUNS} sessions: what is known is right, and all else is unknown`,
    async () => {
      const at = Number(process.env['VRFY_FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9));
      const names = ['ada', 'nobody', 'known1', 'noone', ...namesOf(6, 'nemo')];
      let claims = 0;
      for (let done = 0; done < HOSTILE_RUNS; done += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => at + done + index);
        await Promise.all(
          batch.map(async (seed) => {
            const random = seeded(seed);
            const server = await startMailServer(hostileBehaviour(random));
            const world = createWorld([server.port]);
            const evidence = await world.run(
              jobFor(names.slice(0, 1 + Math.floor(random() * 10)), { catch_all: 'ask' }),
              AbortSignal.timeout(15_000),
            );
            for (const piece of evidence) {
              const truth = /^(?:ada|known)/.test(names[piece.id] ?? '') ? 'exists' : 'does not';
              expect([null, truth], `VRFY_FUZZ_SEED=${seed}`).toContain(claimOf(piece));
              if (claimOf(piece) !== null) claims += 1;
            }
            world.ports.pool.close();
            await server.close();
          }),
        );
      }
      expect(claims).toBeGreaterThan(HOSTILE_RUNS);
    },
    FUZZ_TIMEOUT_MS,
  );
});
