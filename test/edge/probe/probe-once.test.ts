import { describe, expect, test } from 'vitest';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { verify } from '../../../edge/flow/verify.ts';
import type { Answer, StepReport } from '../../../shared/answer.ts';
import type { Evidence } from '../../../shared/job.ts';
import { evidenceOf } from '../nodes/evidence.ts';
import { createWorld, gate, mxTo, type World } from '../small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

async function ask(world: World, email: string, options: Partial<ClimbOptions> = {}): Promise<Answer> {
  return verify(email, { ...OPTIONS, ...options }, world.ports);
}

/** Asks for all of them at once; `arrived` when each stands before the mail server. */
function askAll(world: World, emails: readonly string[], options: Partial<ClimbOptions> = {}) {
  const arrived = gate<void>();
  let open = emails.length;
  const answers = emails.map((email) => {
    const before = new Set(['memory', 'mx']);
    const onStep = ({ step }: StepReport): void => {
      if (before.delete(step) && before.size === 0 && --open === 0) setImmediate(arrived.open);
    };
    return verify(email, { ...OPTIONS, ...options }, { ...world.ports, onStep });
  });
  return { answers: Promise.all(answers), arrived: arrived.passed };
}

/** A mail server that answers when it is told to, and a promise that it has been asked. */
async function hesitant() {
  const [answered, asked] = [gate<Evidence | null>(), gate<void>()];
  const probe = (): Promise<Evidence | null> => {
    asked.open();
    return answered.passed;
  };
  const zone = { 'gmail.com MX': mxTo('gmail-smtp-in.l.google.com') };
  return { world: await createWorld({ probe, zone }), asked: asked.passed, answer: answered.open };
}

describe('concurrent questions about one address', () => {
  test('concurrent questions about one address share one probe, and each has its own judgement', async () => {
    const { world, answer } = await hesitant();
    const emails = ['ada@firm.example', ' ada@FIRM.example', 'ada@firm.example\t'];
    const asked = askAll(world, emails);
    await asked.arrived;
    answer(evidenceOf());
    const answers = await asked.answers;
    expect(world.jobs).toHaveLength(1);
    expect(answers.map(({ reason, cached }) => [reason, cached])).toEqual(Array(3).fill(['accepted', false]));
    expect(answers.map(({ email }) => email)).toEqual(emails);
    expect(answers.every(({ steps }) => steps.at(-1)?.step === 'probe')).toBe(true);
  });

  test.each<[string, readonly string[]]>([
    ['in another case', ['ada@firm.example', 'Ada@firm.example']],
    ['that the provider calls the same mailbox', ['adalovelace+news@gmail.com', 'ada.lovelace@gmail.com']],
  ])(
    'concurrent questions do not share a probe with another spelling: one %s is asked about itself',
    async (_, emails) => {
      const { world, answer } = await hesitant();
      const asked = askAll(world, emails);
      await asked.arrived;
      answer(evidenceOf({ host: 'gmail-smtp-in.l.google.com', stranger: null }));
      await asked.answers;
      expect(world.jobs.map(({ recipients }) => recipients[0]?.address).toSorted()).toEqual([...emails].toSorted());
    },
  );

  test('concurrent questions about one address are remembered once, and rechecked once', async () => {
    const { world, answer } = await hesitant();
    const asked = askAll(world, Array(3).fill('ada@firm.example'));
    let writes = 0;
    const { put } = world.store;
    world.store.put = (...entry) => {
      if (entry[0].startsWith('v2:')) writes += 1;
      return put(...entry);
    };
    await asked.arrived;
    answer(evidenceOf({ reply: { code: 450, enhanced: '4.2.0', text: 'Greylisted' }, stranger: null }));
    await asked.answers;
    await world.settle();
    expect([writes, world.rechecks.length]).toEqual([1, 1]);
  });

  test('concurrent questions about one address share the probe even if one accepts no remembered verdict: the probe is of now', async () => {
    const { world, asked, answer } = await hesitant();
    const first = ask(world, 'ada@firm.example');
    await asked;
    const second = askAll(world, ['ada@firm.example'], { maxAgeSeconds: 0 });
    await second.arrived;
    answer(evidenceOf());
    expect([await first, ...(await second.answers)].map(({ cached }) => cached)).toEqual([false, false]);
    expect(world.jobs).toHaveLength(1);
  });

  test('concurrent questions about one address keep their own deadlines: the earliest is told pending, the others get the answer', async () => {
    const { world, asked, answer } = await hesitant();
    const first = ask(world, 'ada@firm.example', { deadlineMs: 1 });
    await asked;
    const second = askAll(world, ['ada@firm.example']);
    await second.arrived;
    expect((await first).reason).toBe('pending');
    answer(evidenceOf());
    expect((await second.answers)[0]?.reason).toBe('accepted');
    await world.settle();
    expect(await ask(world, 'ada@firm.example')).toMatchObject({ reason: 'accepted', cached: true });
    expect(world.jobs).toHaveLength(1);
  });

  test('a question that joined a probe without a node asks again for itself', async () => {
    const first = gate<null>();
    let count = 0;
    const world = await createWorld({ probe: () => (++count === 1 ? first.passed : Promise.resolve(evidenceOf())) });
    const asked = askAll(world, ['ada@firm.example', 'ada@firm.example']);
    await asked.arrived;
    first.open(null);
    const answers = await asked.answers;
    expect(answers.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['no_node', 'accepted']));
  });

  test('a recheck does not join a probe, since it needs its previous node', async () => {
    const { world, asked, answer } = await hesitant();
    const first = ask(world, 'ada@firm.example');
    await asked;
    const recheck = ask(world, 'ada@firm.example', { maxAgeSeconds: 0, recheck: { node: 'fra1', attempt: 1 } });
    answer(evidenceOf());
    await Promise.all([first, recheck]);
    expect(world.choices.map(({ prefer }) => prefer)).toEqual([null, 'fra1']);
  });

  test('concurrent questions about two addresses share no probe', async () => {
    const { world, answer } = await hesitant();
    const asked = ['ada@firm.example', 'bob@firm.example'].map((email) => ask(world, email));
    answer(evidenceOf());
    await Promise.all(asked);
    expect(world.jobs).toHaveLength(2);
  });
});
