import { beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, makeCertificate } from './certificate.ts';
import type { ServerBehaviour, Visit } from './mail-server.ts';
import { codesOf, jobFor } from './node-world.ts';
import { awaitsClose, does, hears, type Script, says, sends } from './smtp/scripted-server.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const DEMAND = '530 5.7.0 Must issue a STARTTLS command first';
const EHLO = 'EHLO probe1.example.com';
const GROUP = hears('MAIL FROM:<verify@example.com>', 'RCPT TO:<ada@example.test>', 'RSET', EHLO);
let certificate: Certificate;

beforeAll(() => {
  certificate = makeCertificate();
});

/** Refuses MAIL, and everything after it, as long as there is no TLS. */
const demandsTls: ServerBehaviour['reply'] = (line, visit) => {
  if (visit.isTls) return undefined;
  if (line.startsWith('MAIL')) return DEMAND;
  return line.startsWith('RCPT') ? '503 5.5.1 MAIL first' : undefined;
};

const verbsOf = (visit: Visit | undefined) =>
  visit?.writes.map((write) =>
    write
      .split('\r\n')
      .map((line) => line.split(/[ :]/, 1)[0])
      .filter(Boolean)
      .join(' '),
  );

describe.each([
  ['with PIPELINING', ['PIPELINING']],
  ['without PIPELINING', []],
])('TLS that is demanded at MAIL, %s', (_, extensions) => {
  test('is begun on the same session, with EHLO anew, and the answer is told with it', async () => {
    const server = await stage.serve({ reply: demandsTls, tls: certificate, extensions });
    const names = ['ada', 'nobody'];
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(codesOf(evidence, names)).toEqual({ ada: 250, nobody: 550 });
    expect(evidence).toMatchObject([{ tls: true }, { tls: true }]);
    expect(server.visits).toHaveLength(1);
    const verbs = verbsOf(server.visits[0])?.join(' ') ?? '';
    expect(verbs).toMatch(/^EHLO MAIL .*RSET (?:EHLO )?STARTTLS EHLO MAIL RCPT /);
  });

  test('is remembered: the next session begins it by itself, before MAIL', async () => {
    const server = await stage.serve({ reply: demandsTls, tls: certificate, extensions });
    const world = stage.world([server], { limits: { transactionsMax: 2 } });
    await world.run(jobFor(['ada']));
    const [evidence] = await world.run(jobFor(['nobody']));
    expect(evidence).toMatchObject({ reply: { code: 550 }, tls: true });
    expect(verbsOf(server.visits[1])?.slice(0, 4).join(' ')).toMatch(/^EHLO STARTTLS EHLO MAIL/);
  });
});

describe('TLS', () => {
  test('TLS is not begun if it is offered but not demanded', async () => {
    const server = await stage.serve({ tls: certificate });
    expect(await stage.world([server]).runOne(jobFor(['ada']))).toMatchObject({ reply: { code: 250 }, tls: false });
    expect(server.commands()).not.toContain('STARTTLS');
  });

  test('TLS is begun if it is demanded at RCPT', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) =>
      line.startsWith('RCPT') && !visit.isTls
        ? '550 5.7.10 Encryption needed: must issue a STARTTLS command first'
        : undefined;
    const server = await stage.serve({ reply, tls: certificate });
    expect(await stage.world([server]).runOne(jobFor(['ada']))).toMatchObject({ reply: { code: 250 }, tls: true });
  });

  test('TLS that is demanded and not offered leaves the demand as the answer', async () => {
    const server = await stage.serve({ reply: demandsTls });
    const evidence = await stage.world([server]).runOne(jobFor(['ada']));
    expect(evidence).toMatchObject({ stage: 'mail', outcome: 'reply', reply: { code: 530 }, tls: false });
    expect(server.commands()).not.toContain('STARTTLS');
  });

  test('TLS that the server then refuses leaves the demand as the answer', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) =>
      line === 'STARTTLS' ? '454 4.7.0 TLS not available' : demandsTls(line, visit);
    const server = await stage.serve({ reply, tls: certificate });
    expect(await stage.world([server]).runOne(jobFor(['ada']))).toMatchObject({
      stage: 'mail',
      outcome: 'reply',
      reply: { code: 530 },
    });
  });

  test('TLS is not begun with text right behind the 220: it could be an attacker’s, taken for the server’s', async () => {
    for (const afterStarttls of ['250 injected\r\n', '250-inj', '\u0016\u0003\u0001 not yet']) {
      const server = await stage.serve({ reply: demandsTls, tls: certificate, afterStarttls });
      const evidence = await stage.world([server]).runOne(jobFor(['ada']));
      expect(evidence).toMatchObject({ stage: 'mail', reply: { code: 530 }, tls: false });
      expect(server.commands().lastIndexOf(EHLO)).toBeLessThan(server.commands().indexOf('STARTTLS'));
    }
  });

  const OFFER: Script = [says('220 mx'), hears(EHLO), says('250-mx', '250-PIPELINING', '250 STARTTLS')];
  const UP_TO_220: Script = [
    ...OFFER,
    GROUP,
    says(DEMAND, '503 MAIL first', '250 ok', '250-mx', '250-PIPELINING', '250 STARTTLS'),
    hears('STARTTLS'),
    says('220 go'),
  ];

  test('TLS that stalls in its handshake is bounded by the deadline, and nothing is left of it', async () => {
    const stop = new AbortController();
    const hello: Script = [{ kind: 'hear_something' }, does(() => stop.abort()), awaitsClose];
    const server = await stage.play([...UP_TO_220, ...hello]);
    const evidence = await stage.world([server]).runOne(jobFor(['ada']), stop.signal);
    expect(evidence).toMatchObject({ stage: 'mail', reply: { code: 530 }, tls: false });
  });

  test.each<[string, Script]>([
    ['answered with garbage', [{ kind: 'hear_something' }, sends('\u0000\u0001 this is no TLS\r\n'), awaitsClose]],
    ['answered with SMTP', [{ kind: 'hear_something' }, says('250 ok', '250 ok'), awaitsClose]],
    ['hung up on', [{ kind: 'hear_something' }]],
  ])('TLS whose handshake is %s leaves the demand as the answer, and no socket', async (_, end) => {
    const server = await stage.play([...UP_TO_220, ...end]);
    expect(await stage.world([server]).runOne(jobFor(['ada']))).toMatchObject({ stage: 'mail', reply: { code: 530 } });
  });

  test('TLS is no better believed than clear text: replies out of step are nothing', async () => {
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (!visit.isTls) return demandsTls(line, visit);
      return visit.index === 0 && line.startsWith('MAIL') ? '250 ok\r\n250 ok' : undefined;
    };
    const server = await stage.serve({ reply, tls: certificate });
    const names = ['nobody', 'ada'];
    const evidence = await stage.world([server]).run(jobFor(names));
    expect(codesOf(evidence, names)).toEqual({ nobody: 550, ada: 250 });
    expect(server.visits).toHaveLength(2);
  });
});
