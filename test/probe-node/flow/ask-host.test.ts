import { describe, expect, test, vi } from 'vitest';
import { SILENCE_MS } from '../../../probe-node/smtp/connection.ts';
import { type ServerBehaviour, UNKNOWN } from '../mail-server.ts';
import { codesOf, jobFor, namesOf } from '../node-world.ts';
import { POLL } from '../open-sockets.ts';
import { awaitsClose, does, hears, type Script, says } from '../smtp/scripted-server.ts';
import { setStage } from '../stage.ts';

/** Time passes in steps that are short for a new connection, which may come up while the old one is still waited for. */
const STEP_MS = SILENCE_MS / 10;

const stage = setStage();

const EHLO = 'EHLO probe1.example.com';
const MAIL = 'MAIL FROM:<verify@example.com>';
const rcpt = (name: string): string => `RCPT TO:<${name}@example.test>`;
/** The reply to EHLO. */
const HELLO = ['250-mx', '250 PIPELINING'];
const READY: Script = [says('220 mx'), hears(EHLO), says(...HELLO)];
/** The same if commands go one by one. */
const ONE_BY_ONE: Script = [says('220 mx'), hears(EHLO), says('250 mx')];
const QUIT: Script = [hears('QUIT'), says('221 bye'), awaitsClose];
const isStranger = (line: string): boolean => /^RCPT TO:<[a-z]+\.[a-z]{12}[0-9]{2}@/.test(line);

describe('many recipients', () => {
  test('many recipients of one domain are asked in groups of nine, each in one write, over one session', async () => {
    const server = await stage.serve();
    const names = namesOf(20);
    await stage.world([server]).run(jobFor(names));
    const [visit] = server.visits;
    const groups = [names.slice(0, 9), names.slice(9, 18), names.slice(18)];
    expect(visit?.writes.slice(0, 4)).toEqual([
      `${EHLO}\r\n`,
      // EHLO once more proves the count of the first group; after that the server's RSET is known.
      ...groups.map((group, index) =>
        [MAIL, ...group.map(rcpt), 'RSET', ...(index === 0 ? [EHLO] : []), ''].join('\r\n'),
      ),
    ]);
    expect(server.visits).toHaveLength(1);
  });

  test('many recipients are told in batches as they become known', async () => {
    const server = await stage.serve();
    const sizes: number[] = [];
    await stage.world([server]).probe(jobFor(namesOf(20)), (batch) => sizes.push(batch.length));
    expect(sizes).toEqual([9, 9, 2]);
  });

  test('a hundred known recipients cost two connections', async () => {
    const server = await stage.serve();
    const names = namesOf(100);
    const evidence = await stage.world([server]).run(jobFor(names, { catch_all: 'ask' }));
    expect(new Set(Object.values(codesOf(evidence, names)))).toEqual(new Set([250]));
    expect(server.visits.length).toBeLessThanOrEqual(2);
  });

  test('unknown recipients leave each session before it has had ten refusals', async () => {
    const server = await stage.serve();
    const names = namesOf(40, 'nobody');
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(new Set(Object.values(codesOf(evidence, names)))).toEqual(new Set([550]));
    for (const { writes } of server.visits) expect(writes.join('').match(/RCPT/g)?.length).toBeLessThan(10);
  });

  test('many recipients get each their own answer, at a server that takes commands one by one too', async () => {
    const server = await stage.serve({ extensions: [] });
    const names = ['ada', 'nobody', 'known1', 'noone', 'known2'];
    const expected = { ada: 250, nobody: 550, known1: 250, noone: 550, known2: 250 };
    expect(codesOf(await stage.world([server]).run(jobFor(names)), names)).toEqual(expected);
    expect(server.visits[0]?.writes.every((write) => write.split('\r\n').length === 2)).toBe(true);
  });

  test('many recipients are asked two at a time if the server takes two in a transaction, as it is learnt', async () => {
    const counts: number[] = [];
    const reply: ServerBehaviour['reply'] = (line) => {
      if (line.startsWith('MAIL')) counts.push(0);
      if (!line.startsWith('RCPT')) return undefined;
      counts.push((counts.pop() ?? 0) + 1);
      return (counts.at(-1) ?? 0) > 2 ? '452 4.5.3 Too many recipients' : undefined;
    };
    const server = await stage.serve({ reply });
    const names = namesOf(7);
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(new Set(Object.values(codesOf(evidence, names)))).toEqual(new Set([250]));
    expect(counts).toEqual([7, 2, 2, 1]);
  });
});

describe('a recipient that was one too many', () => {
  test.each([
    '452 4.5.3 Too many recipients',
    '452 too many recipients',
    '552 Too many recipients',
    '552 5.5.3 Error',
    '550 Too many recipients specified',
    '554 recipient limit exceeded',
  ])(
    'a recipient that was one too many is asked in the next transaction and not called full or missing: %s',
    async (text) => {
      let asked = 0;
      const reply: ServerBehaviour['reply'] = (line) => {
        if (line.startsWith('MAIL')) asked = 0;
        if (!line.startsWith('RCPT')) return undefined;
        asked += 1;
        return asked > 2 ? text : undefined;
      };
      const server = await stage.serve({ reply });
      const names = ['ada', 'nobody', 'known1', 'noone'];
      expect(codesOf(await stage.world([server]).run(jobFor(names)), names)).toEqual({
        ada: 250,
        nobody: 550,
        known1: 250,
        noone: 550,
      });
      expect(server.visits).toHaveLength(1);
    },
  );

  test('a recipient with a full mailbox is not one too many', async () => {
    const full = '552 5.2.2 The recipient has exceeded the quota';
    const server = await stage.serve({ reply: (line) => (line.includes('<full@') ? full : undefined) });
    const names = ['ada', 'full'];
    expect(codesOf(await stage.world([server]).run(jobFor(names)), names)).toEqual({ ada: 250, full: 552 });
    expect(server.asked()).toHaveLength(2);
  });
});

describe('a session that the server ends', () => {
  const names = ['nobody', 'ada', 'noone', 'known1', 'nemo', 'known2'];
  const EXPECTED = { nobody: 550, ada: 250, noone: 550, known1: 250, nemo: 550, known2: 250 };

  test.each([
    ['with PIPELINING', ['PIPELINING']],
    ['without', []],
  ])('a session that the server ends after each 5xx costs connections and no answer, %s', async (_, extensions) => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!line.startsWith('RCPT') || /<(?:ada|known)/.test(line)) return undefined;
      visit.hangUp();
      return UNKNOWN;
    };
    const server = await stage.serve({ reply, extensions });
    expect(codesOf(await stage.world([server]).run(jobFor(names)), names)).toEqual(EXPECTED);
    expect(server.visits.length).toBe(extensions.length > 0 ? 4 : 4);
  });

  test.each([
    ['with PIPELINING', ['PIPELINING']],
    ['without', []],
  ])(
    'a session that the server ends with 421 in the middle of a group costs a connection and no answer, %s',
    async (_, extensions) => {
      const reply: ServerBehaviour['reply'] = (line, visit) => {
        if (visit.index > 0 || !line.includes('<noone@')) return undefined;
        visit.hangUp();
        return '421 4.7.0 Too many errors';
      };
      const server = await stage.serve({ reply, extensions });
      expect(codesOf(await stage.world([server]).run(jobFor(names)), names)).toEqual(EXPECTED);
      expect(server.visits).toHaveLength(2);
    },
  );

  test('a session that the server ends with 421 to the first of the next group costs a connection and no answer', async () => {
    const many = namesOf(12);
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (visit.index > 0 || !line.includes('<known9@')) return undefined;
      visit.hangUp();
      return '421 4.7.0 Enough';
    };
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).run(jobFor(many));
    expect(new Set(Object.values(codesOf(evidence, many)))).toEqual(new Set([250]));
  });

  test('a session that the server ends with 421 to the first RCPT of all refuses every recipient with it', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!line.startsWith('RCPT')) return undefined;
      visit.hangUp();
      return '421 4.7.0 Enough';
    };
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).run(jobFor(['ada', 'nobody']));
    expect(evidence).toMatchObject([
      { stage: 'rcpt', outcome: 'reply', reply: { code: 421 } },
      { stage: 'rcpt', outcome: 'reply', reply: { code: 421 } },
    ]);
  });

  test('a session that the server ends while it is idle costs one reconnection and no wrong answer', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    await world.run(jobFor(['ada']));
    server.visits[0]?.socket.end();
    expect(codesOf(await world.run(jobFor(['nobody'])), ['nobody'])).toEqual({ nobody: 550 });
    expect(server.visits).toHaveLength(2);
  });

  test('a session that the server ends as it is asked again costs one reconnection and no wrong answer', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (visit.index > 0 || visit.transactions < 2 || !line.startsWith('MAIL')) return undefined;
      visit.hangUp();
      return null;
    };
    const server = await stage.serve({ reply });
    const world = stage.world([server]);
    await world.run(jobFor(['ada']));
    const evidence = await world.runOne(jobFor(['nobody']));
    expect(evidence).toMatchObject({ outcome: 'reply', reply: { code: 550 }, attempts: [] });
    expect(world.sessions).toEqual({ new: 2, reused: 1 });
  });
});

describe('a session that is kept', () => {
  test('a session that is kept answers the next job in one write', async () => {
    const server = await stage.play([
      ...READY,
      hears(MAIL, rcpt('ada'), 'RSET', EHLO),
      says('250 ok', '250 ok', '250 flushed', ...HELLO),
      hears(MAIL, rcpt('nobody'), 'RSET'),
      says('250 ok', UNKNOWN, '250 flushed'),
      ...QUIT,
    ]);
    const world = stage.world([server]);
    expect((await world.runOne(jobFor(['ada']))).reply?.code).toBe(250);
    expect((await world.runOne(jobFor(['nobody']))).reply?.code).toBe(550);
    world.ports.pool.close();
  });

  test('a session that is kept is opened by a job without recipients, which tells nothing, and then answers in one write', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    expect(await world.run(jobFor([]))).toEqual([]);
    expect(server.visits[0]?.writes).toEqual([`${EHLO}\r\n`]);
    await world.run(jobFor(['ada']));
    expect(server.visits.map(({ writes }) => writes)).toEqual([
      [`${EHLO}\r\n`, `${[MAIL, rcpt('ada'), 'RSET', EHLO].join('\r\n')}\r\n`],
    ]);
  });

  test('a session that is opened ahead goes to the next host if one is not there', async () => {
    const [gone, server] = [await stage.serve({ greeting: '421 busy' }), await stage.serve()];
    const world = stage.world([gone, server]);
    await world.run(jobFor([], {}, 2));
    expect(world.ports.pool.idleCount).toBe(1);
    expect(server.visits).toHaveLength(1);
  });

  test('a session that is kept is not shared between two jobs at once: no answer goes astray', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    const jobs = Array.from({ length: 20 }, (_, index) => [`known${index}`, `nobody${index}`]);
    const told = await Promise.all(jobs.map(async (names) => codesOf(await world.run(jobFor(names)), names)));
    told.forEach((codes, index) => {
      expect(codes).toEqual({ [`known${index}`]: 250, [`nobody${index}`]: 550 });
    });
  });
});

describe('replies that are out of step', () => {
  const names = ['nobody', 'ada'];
  /** Replies of the same server when it is asked one by one. */
  const LOCKSTEP: Script = [
    ...READY,
    hears(MAIL),
    says('250 ok'),
    hears(rcpt('nobody')),
    says(UNKNOWN),
    hears(rcpt('ada')),
    says('250 ok'),
    hears('RSET'),
    says('250 flushed'),
    ...QUIT,
  ];
  const GROUP = hears(MAIL, rcpt('nobody'), rcpt('ada'), 'RSET', EHLO);

  test.each<[string, Script]>([
    ['one too many at MAIL', [says('250 ok', '250 ok', UNKNOWN, '250 ok', '250 ok', ...HELLO)]],
    ['one too many at the end', [says('250 ok', UNKNOWN, '250 ok', '250 ok', ...HELLO, '250 ok')]],
    ['one too many at RSET', [says('250 ok', UNKNOWN, '250 ok', '250 ok', '250 ok', ...HELLO)]],
    ['one too many at RCPT', [says('250 ok', UNKNOWN, UNKNOWN, '250 ok', '250 ok', ...HELLO)]],
    ['one that RCPT cannot have', [says('250 ok', '354 go ahead', '250 ok', '250 ok', ...HELLO)]],
    ['a refusal in the place of RSET', [says('250 ok', '250 ok', UNKNOWN, UNKNOWN, ...HELLO)]],
    ['the reply to EHLO in the place of RSET', [says('250 ok', '250 ok', '250 ok', ...HELLO)]],
    ['one that names another', [says('250 ok', '550 <ada@example.test>: no', '250 ok', '250 ok', ...HELLO)]],
    ['a line that is no reply', [says('250 ok', UNKNOWN, '250 ok', 'hello?')]],
    ['codes of two kinds in one', [says('250 ok', '250-5.1.1 yes', '550 5.1.1 no', '250 ok', '250 ok', ...HELLO)]],
  ])(
    'replies that are out of step are not believed: %s. It is asked again one by one, and the answers are right',
    async (_, replies) => {
      const server = await stage.play([...READY, GROUP, ...replies, awaitsClose], LOCKSTEP);
      const world = stage.world([server]);
      expect(codesOf(await world.run(jobFor(names)), names)).toEqual({ nobody: 550, ada: 250 });
      world.ports.pool.close();
    },
  );

  test('replies that are out of step for want of one are not believed either: the last is waited for, and nothing is told meanwhile', async () => {
    const stop = new AbortController();
    const server = await stage.play([
      ...READY,
      GROUP,
      says('250 ok', '250 ok', '250 ok'),
      { kind: 'do', run: () => stop.abort() },
      awaitsClose,
    ]);
    const evidence = await stage.world([server]).run(jobFor(names), stop.signal);
    expect(codesOf(evidence, names)).toEqual({ nobody: 'timeout', ada: 'timeout' });
  });

  test('replies that are out of step are remembered: the next job speaks one by one from the start', async () => {
    const server = await stage.play(
      [...READY, GROUP, says('250 ok', '250 ok', '250 ok', '250 ok', UNKNOWN), awaitsClose],
      LOCKSTEP,
      [
        ...READY,
        hears(MAIL),
        says('250 ok'),
        hears(rcpt('ada')),
        says('250 ok'),
        hears('RSET'),
        says('250 flushed'),
        ...QUIT,
      ],
    );
    const world = stage.world([server], { limits: { transactionsMax: 1 } });
    await world.run(jobFor(names));
    expect((await world.runOne(jobFor(['ada']))).reply?.code).toBe(250);
  });

  test('replies that are out of step leave an idle session with groups alone: a host that needs one by one gets a session of its own', async () => {
    let isConfused = false;
    const reply: ServerBehaviour['reply'] = (line, visit) =>
      isConfused && line.startsWith('RCPT') && visit.index < 2 ? `${UNKNOWN}\r\n250 ok` : undefined;
    const server = await stage.serve({ reply });
    const world = stage.world([server]);
    await Promise.all([world.run(jobFor(['ada'])), world.run(jobFor(['ada']))]);
    expect(world.ports.pool.idleCount).toBe(2);
    isConfused = true;
    expect(codesOf(await world.run(jobFor(names)), names)).toEqual({ nobody: 550, ada: 250 });
  });

  test('one by one too give the host up: nothing is believed', async () => {
    const confused = (index: number): Script =>
      index === 0
        ? [...READY, GROUP, says('250 ok', '354 what', '250 ok', '250 ok'), awaitsClose]
        : [...READY, hears(MAIL), says('250 ok', '250 ok'), hears(rcpt('nobody')), awaitsClose];
    const server = await stage.play(confused(0), confused(1));
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(evidence).toMatchObject([{ outcome: 'protocol_error' }, { outcome: 'protocol_error' }]);
  });

  test('replies that are out of step come from a server that hangs up at the RSET of a transaction: no answer is used twice', async () => {
    const many = [...namesOf(9), 'nobody'];
    const one = (name: string, reply: string): Script => [hears(rcpt(name)), says(reply)];
    const known = namesOf(9).flatMap((name) => one(name, '250 ok'));
    // The last acceptance could be the one before, moved by one place: it is asked for once more.
    const rest = [...one('known8', '250 ok'), ...one('nobody', UNKNOWN)];
    const server = await stage.play(
      [...ONE_BY_ONE, hears(MAIL), says('250 ok'), ...known, hears('RSET')],
      [...ONE_BY_ONE, hears(MAIL), says('250 ok'), ...rest, hears('RSET'), says('250 flushed'), ...QUIT],
    );
    const world = stage.world([server]);
    expect(codesOf(await world.run(jobFor(many)), many)).toMatchObject({ known0: 250, known8: 250, nobody: 550 });
    world.ports.pool.close();
  });
});

describe('a group that a server takes in part only', () => {
  const domain = `${'d'.repeat(60)}.${'e'.repeat(60)}.test`;
  const names = ['known0', 'nobody1', 'known2', 'nobody3', 'known4', 'nobody5', 'known6', 'nobody7', 'known8'];
  const recipients = names.map((name, id) => ({ id, address: `${name}@${domain}` }));
  const expected = Object.fromEntries(names.map((name) => [name, name.startsWith('known') ? 250 : 550]));

  test.each([
    ['leaves the rest without an answer', () => undefined],
    [
      'finds half a command at the end',
      (line: string) => (line.startsWith('RCPT') && !line.endsWith('>') ? '501 5.5.2 Syntax error' : undefined),
    ],
  ])(
    'a group that a server takes in part only and %s teaches us to ask one by one, and every recipient has its own answer',
    async (_, reply) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const server = await stage.serve({ octetsMax: 1_024, reply });
      const world = stage.world([server]);
      const run = world.run(jobFor([], { domain, recipients }));
      await expect.poll(() => server.asked().length, POLL).toBe(9);
      // The timer runs from the last reply that comes.
      await expect
        .poll(() => {
          vi.advanceTimersByTime(STEP_MS);
          return server.visits.length;
        }, POLL)
        .toBe(2);
      vi.useRealTimers();
      expect(codesOf(await run, names)).toEqual(expected);
      expect(world.ports.quirks.get('mx1.test')).toMatchObject({ isLockstep: true });
    },
  );
});

describe('a server that holds back a refusal', () => {
  const asking = { catch_all: 'ask' } as const;

  test.each([
    ['with PIPELINING', ['PIPELINING']],
    ['without', []],
  ])(
    'a server that holds back a refusal has accepted those it accepted at once, and is not asked about a stranger again, %s',
    async (_, extensions) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      let isMute = false;
      const reply: ServerBehaviour['reply'] = (line) => {
        isMute ||= isStranger(line);
        return isMute ? null : line.startsWith('RCPT') ? '250 ok' : undefined;
      };
      const server = await stage.serve({ reply, extensions });
      const run = stage.world([server]).runOne(jobFor(['ada'], asking));
      await expect.poll(() => server.commands().some(isStranger), POLL).toBe(true);
      let isOver = false;
      void run.then(() => {
        isOver = true;
      });
      await expect
        .poll(() => {
          vi.advanceTimersByTime(STEP_MS);
          return isOver;
        }, POLL)
        .toBe(true);
      expect(await run).toMatchObject({ outcome: 'reply', reply: { code: 250 }, stranger: null });
      expect(server.visits).toHaveLength(1);
      expect(server.commands().filter(isStranger)).toHaveLength(1);
    },
  );

  test('a server that holds back a refusal is no reason to call the stranger’s mailbox refused, nor the address of another', async () => {
    const server = await stage.play([
      ...READY,
      hears(MAIL, rcpt('nobody'), 'RSET', EHLO),
      // A reply too many, and then nothing: the acceptance is MAIL's.
      says('250 ok', '250 ok'),
      does(() => stop.abort()),
      awaitsClose,
    ]);
    const stop = new AbortController();
    expect(await stage.world([server]).runOne(jobFor(['nobody']), stop.signal)).toMatchObject({ outcome: 'timeout' });
  });
});

describe('a surplus reply that comes late', () => {
  const names = ['nobody', 'ada'];

  test.each([
    ['before the group is written', 0],
    ['after the reply to MAIL', 1],
    ['after the reply to RCPT', 2],
    ['after the last RCPT', 3],
  ])('%s makes no live mailbox missing, and no missing one live', async (_, place) => {
    for (const surplus of ['250 2.0.0 Ok', '250 2.1.5 Ok', UNKNOWN]) {
      const replies = ['250 2.1.0 Ok', UNKNOWN, '250 2.1.5 Ok', '250 2.0.0 Ok'];
      const server = await stage.play(
        [
          ...READY,
          hears(MAIL, rcpt('nobody'), rcpt('ada'), 'RSET', EHLO),
          says(...replies.slice(0, place)),
          says(surplus),
          ...replies.slice(place).map((reply) => says(reply)),
          says(...HELLO),
          awaitsClose,
        ],
        [
          ...ONE_BY_ONE,
          ...[MAIL, rcpt('nobody'), rcpt('ada')].flatMap((line, index) => [hears(line), says(replies[index] ?? '')]),
          hears('RSET'),
          says('250 2.0.0 Reset'),
          ...QUIT,
        ],
      );
      const world = stage.world([server]);
      expect(codesOf(await world.run(jobFor(names)), names)).toEqual({ nobody: 550, ada: 250 });
      world.ports.pool.close();
    }
  });

  test('one by one leaves nothing to believe either', async () => {
    const shifted: Script = [
      ...ONE_BY_ONE,
      hears(MAIL),
      says('250 ok'),
      hears(rcpt('nobody')),
      says('250 ok'),
      hears(rcpt('ada')),
      says(UNKNOWN),
      hears('RSET'),
      // The acceptance of ada; the reply to RSET follows.
      says('250 ok'),
      hears(EHLO),
      says('250 ok'),
      awaitsClose,
    ];
    const server = await stage.play(shifted, shifted);
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(evidence).toMatchObject([{ outcome: 'protocol_error' }, { outcome: 'protocol_error' }]);
  });
});

describe('a stranger', () => {
  const asking = { catch_all: 'ask' } as const;

  test('a stranger is asked in the same write, and reported with the accepted addresses', async () => {
    const server = await stage.serve();
    const evidence = await stage.world([server]).runOne(jobFor(['ada'], asking));
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 }, age_s: 0 } });
    expect(server.visits[0]?.writes[1]?.split('\r\n').filter(isStranger)).toHaveLength(1);
  });

  test('a stranger is not asked if the edge knows what the domain does', async () => {
    const server = await stage.serve();
    expect(await stage.world([server]).runOne(jobFor(['ada']))).toMatchObject({ stranger: null });
    expect(server.commands().filter(isStranger)).toEqual([]);
  });

  test('a stranger is not reported with refused addresses', async () => {
    const server = await stage.serve();
    expect(await stage.world([server]).runOne(jobFor(['nobody'], asking))).toMatchObject({ stranger: null });
  });

  test('a stranger is asked once for a domain, in one job of many and in the next', async () => {
    const server = await stage.serve();
    const clock = { ms: 0 };
    const world = stage.world([server], { ports: { nowMs: () => clock.ms } });
    for (const { stranger } of await world.run(jobFor(namesOf(30), asking))) expect(stranger?.reply.code).toBe(550);
    clock.ms += 90_000;
    expect((await world.runOne(jobFor(['ada'], asking))).stranger).toMatchObject({ reply: { code: 550 }, age_s: 90 });
    expect(server.commands().filter(isStranger)).toHaveLength(1);
  });

  test.each([
    ['with PIPELINING', ['PIPELINING']],
    ['without', []],
  ])('a stranger is asked once for ten jobs at once, %s', async (_, extensions) => {
    const server = await stage.serve({ extensions });
    const world = stage.world([server]);
    // Without PIPELINING the first one, which is to ask, need not ask once it is refused; one of the others must.
    const names = ['nobody', ...namesOf(9)];
    const told = await Promise.all(names.map((name) => world.runOne(jobFor([name], asking))));
    expect(told.map(({ stranger }) => stranger?.reply.code)).toEqual([undefined, ...namesOf(9).map(() => 550)]);
    expect(server.commands().filter(isStranger)).toHaveLength(1);
  });

  test('a stranger is another one for each domain', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    for (const domain of ['a.test', 'b.test']) {
      await world.run(jobFor([], { ...asking, domain, recipients: [{ id: 0, address: `ada@${domain}` }] }));
    }
    const [first, second] = server
      .commands()
      .filter(isStranger)
      .map((line) => line.split('@')[0]);
    expect(first).not.toBe(second);
  });

  test.each([
    ['one recipient too many', '452 4.5.3 Too many recipients'],
    ['451 with that status', '451 4.5.3 too many'],
    ['too many recipients in words', '452 too many recipients'],
  ])('a stranger that was told of %s is asked alone on the same session', async (_, text) => {
    const reply: ServerBehaviour['reply'] = (line, visit) =>
      isStranger(line) && visit.transactions === 1 ? text : undefined;
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).runOne(jobFor(['ada'], asking));
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
    expect(server.visits).toHaveLength(1);
  });

  test('a stranger that made the server hang up is asked alone on a session of its own', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!isStranger(line) || visit.index > 0) return undefined;
      visit.hangUp();
      return null;
    };
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).runOne(jobFor(['ada'], asking));
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
    expect(server.visits).toHaveLength(2);
  });

  test('a stranger belongs to the host: what the primary refuses says nothing of a backup that accepts every name', async () => {
    const servers = [await stage.serve(), await stage.serve({ isKnown: () => true })];
    const world = stage.world(servers);
    const { stranger } = await world.runOne(jobFor(['ada'], asking, 2));
    expect(stranger?.reply.code).toBe(550);
    world.ports.pool.close();
    await servers[0]?.close();
    expect(await world.runOne(jobFor(['invented'], asking, 2))).toMatchObject({
      host: 'mx2.test',
      reply: { code: 250 },
      stranger: { reply: { code: 250 } },
    });
  });

  test('a stranger belongs to the host: a backup that accepts every name says nothing of a strict primary', async () => {
    const servers = [await stage.serve(), await stage.serve({ isKnown: () => true })];
    const world = stage.world(servers);
    const backup = { ...asking, mail_hosts: [{ host: 'mx2.test', preference: 0 }] };
    expect((await world.runOne(jobFor(['ada'], backup))).stranger?.reply.code).toBe(250);
    expect(await world.runOne(jobFor(['ada'], asking, 2))).toMatchObject({
      host: 'mx1.test',
      stranger: { reply: { code: 550 } },
    });
  });

  test('a stranger is not asked at a host that the edge knows, and is at another one', async () => {
    const servers = [await stage.serve(), await stage.serve()];
    const world = stage.world(servers);
    const known = { ...asking, known_hosts: ['mx1.test'] };
    expect(await world.runOne(jobFor(['ada'], known))).toMatchObject({ reply: { code: 250 }, stranger: null });
    const other = { ...known, mail_hosts: [{ host: 'mx2.test', preference: 0 }] };
    expect((await world.runOne(jobFor(['ada'], other))).stranger).toMatchObject({ reply: { code: 550 } });
    expect(servers.map((server) => server.commands().filter(isStranger).length)).toEqual([0, 1]);
  });

  test('a stranger is not asked at a provider that is known to answer for each mailbox of the domain', async () => {
    const host = 'mx01.mail.icloud.com';
    const server = await stage.serve();
    const mail_hosts = [{ host, preference: 0 }];
    const evidence = await stage.world([server], { hosts: [host] }).runOne(jobFor(['ada'], { ...asking, mail_hosts }));
    expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: null });
    expect(server.commands().filter(isStranger)).toEqual([]);
  });

  test('a stranger is asked anew if a host that accepted every name refuses a mailbox, in one and the same group as well', async () => {
    let takesAll = true;
    const server = await stage.serve({ isKnown: (address) => takesAll || address.startsWith('ada@') });
    const world = stage.world([server]);
    expect((await world.runOne(jobFor(['ada'], asking))).stranger?.reply.code).toBe(250);
    takesAll = false;
    const evidence = await world.run(jobFor(['ada', 'nobody'], asking));
    expect(evidence).toMatchObject([{ stranger: { reply: { code: 550 } } }, { reply: { code: 550 }, stranger: null }]);
    expect(server.commands().filter(isStranger)).toHaveLength(2);
  });

  test.each([
    ['with PIPELINING', ['PIPELINING'], 2],
    ['without', [], 3],
  ])('a stranger gets past a greylist that holds each name off on its own, %s', async (_, extensions, tries) => {
    const clock = { ms: 0 };
    const seen = new Set<string>();
    const reply: ServerBehaviour['reply'] = (line, { peer }) => {
      if (!line.startsWith('RCPT') || seen.has(`${peer} ${line}`)) return undefined;
      seen.add(`${peer} ${line}`);
      return '450 4.2.0 Greylisted, please try again in 5 minutes';
    };
    const server = await stage.serve({ reply, extensions });
    const sources = [1, 2, 3].map((last) => ({ ip: `127.0.0.${last}`, heloName: 'probe1.example.com' }));
    const world = stage.world([server], { sources, ports: { nowMs: () => clock.ms } });
    let answered = await world.runOne(jobFor(['ada'], asking));
    for (let count = 1; count < tries; count += 1) {
      expect(answered.stranger?.reply.code).not.toBe(550);
      clock.ms += 600_000;
      answered = await world.runOne(jobFor(['ada'], asking));
    }
    expect(answered).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
    expect(new Set(server.commands().filter(isStranger)).size).toBe(1);
  });

  test('a stranger without any reply leaves the answer of the address as it is', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!isStranger(line)) return undefined;
      visit.hangUp();
      return '421 4.7.0 no';
    };
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).runOne(jobFor(['ada'], asking));
    expect(evidence).toMatchObject({ outcome: 'reply', reply: { code: 250 }, attempts: [] });
    expect(evidence.stranger).toMatchObject({ reply: { code: 421 } });
  });

  test('a stranger that is deferred like all others is asked again once an address is accepted', async () => {
    let isGrey = true;
    const reply: ServerBehaviour['reply'] = (line) =>
      isGrey && line.startsWith('RCPT') ? '450 4.2.0 Greylisted' : undefined;
    const server = await stage.serve({ reply });
    const world = stage.world([server]);
    expect(await world.runOne(jobFor(['ada'], asking))).toMatchObject({ reply: { code: 450 }, stranger: null });
    isGrey = false;
    expect(await world.runOne(jobFor(['ada'], asking))).toMatchObject({ stranger: { reply: { code: 550 } } });
  });

  test('a stranger is asked in a MAIL of its own at a provider that takes one recipient', async () => {
    const server = await stage.serve();
    const host = 'eur.olc.protection.outlook.com';
    const world = stage.world([server], { hosts: [host] });
    const mail_hosts = [{ host, preference: 0 }];
    const evidence = await world.run(jobFor(['ada', 'nobody'], { ...asking, mail_hosts }));
    expect(evidence[0]).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
    const [, first = '', second = ''] = server.visits[0]?.writes ?? [];
    const verbs = first.split('\r\n').map((line) => line.split(' ', 1)[0]);
    expect(verbs).toEqual(['MAIL', 'RCPT', 'RSET', 'MAIL', 'RCPT', 'RSET', 'EHLO', '']);
    expect(second).toBe(`${[MAIL, rcpt('nobody'), 'RSET'].join('\r\n')}\r\n`);
  });

  test('a stranger apart whose MAIL is refused is not known', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (visit.transactions % 2 === 1) return undefined;
      if (line.startsWith('MAIL')) return '451 4.7.1 slow down';
      return line.startsWith('RCPT') ? '503 5.5.1 MAIL first' : undefined;
    };
    const server = await stage.serve({ reply });
    const host = 'eur.olc.protection.outlook.com';
    const mail_hosts = [{ host, preference: 0 }];
    const evidence = await stage.world([server], { hosts: [host] }).runOne(jobFor(['ada'], { ...asking, mail_hosts }));
    expect(evidence.reply?.code).toBe(250);
    expect(evidence.stranger === null || evidence.stranger.reply.code === 550).toBe(true);
  });
});

test('a session is closed with QUIT when the node is done with it', async () => {
  const server = await stage.serve();
  const world = stage.world([server]);
  await world.run(jobFor(['ada']));
  world.ports.pool.close();
  await expect.poll(() => server.commands().at(-1), POLL).toBe('QUIT');
});
