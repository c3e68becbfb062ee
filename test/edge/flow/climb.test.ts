import { beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyMany } from '../../../edge/batch/verify-many.ts';
import { type ClimbOptions, startClimb, withAddress } from '../../../edge/flow/climb.ts';
import { takeSyntax } from '../../../edge/flow/steps.ts';
import { verify } from '../../../edge/flow/verify.ts';
import { parseAddress } from '../../../shared/address.ts';
import type { Answer } from '../../../shared/answer.ts';
import { canonicalOf } from '../../../shared/canonical.ts';
import { createWorld, gate, mxTo } from '../small-world.ts';

// The real functions, which count their calls.
vi.mock('../../../shared/address.ts', { spy: true });
vi.mock('../../../shared/canonical.ts', { spy: true });

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

function callsOf(spied: typeof parseAddress | typeof canonicalOf): number {
  return vi.mocked(spied).mock.calls.length;
}

beforeEach(() => {
  vi.mocked(parseAddress).mockClear();
  vi.mocked(canonicalOf).mockClear();
});

describe('one climb parses its address once and works out the canonical form once', () => {
  test.each([
    ['up to the probe', 'ada@firm.example', 'accepted'],
    ['up to a refusal of the mailbox', 'bob@firm.example', 'mailbox_not_found'],
    ['with a local part that has another form on the wire', ' e\u0301ric@Firm.example', 'mailbox_not_found'],
    ['with a domain in other letters', 'ada@b\u00FCcher.example', 'accepted'],
    ['with a domain that does not exist', 'ada@nowhere.example', 'no_domain'],
  ])('%s', async (_, input, reason) => {
    const world = await createWorld({ zone: { 'xn--bcher-kva.example MX': mxTo('mx.firm.example') } });
    expect((await verify(input, OPTIONS, world.ports)).reason).toBe(reason);
    await world.settle();
    expect([callsOf(parseAddress), callsOf(canonicalOf)]).toEqual([1, 1]);
  });

  test('also if its caller is told pending first', async () => {
    const { passed, open } = gate<void>();
    const query = () => passed.then(() => mxTo('mx.firm.example'));
    const world = await createWorld({ query });
    const answer = await verify('ada@firm.example', { ...OPTIONS, deadlineMs: 1 }, world.ports);
    expect(answer).toMatchObject({ reason: 'pending', canonical: 'ada@firm.example' });
    open();
    await world.settle();
    expect([callsOf(parseAddress), callsOf(canonicalOf)]).toEqual([1, 1]);
  });

  test('also if its verdict is remembered', async () => {
    const world = await createWorld();
    await verify('ada@firm.example', OPTIONS, world.ports);
    await world.settle();
    vi.mocked(parseAddress).mockClear();
    vi.mocked(canonicalOf).mockClear();
    expect(await verify(' ada@firm.example', OPTIONS, world.ports)).toMatchObject({ cached: true });
    expect([callsOf(parseAddress), callsOf(canonicalOf)]).toEqual([1, 1]);
  });

  test('also in a batch, which parses each address to group them', async () => {
    const world = await createWorld();
    const answers: Answer[] = [];
    const { waitUntil } = world.ports;
    const onFault = (error: unknown) => {
      throw error;
    };
    const emails = ['ada@firm.example', 'bob@firm.example'];
    const ports = { gather: world.gather, waitUntil, quota: null, names: null, onFault };
    await verifyMany(emails, OPTIONS, ports, (answer) => answers.push(answer), new AbortController().signal);
    await world.settle();
    expect(answers.map(({ reason }) => reason).sort()).toEqual(['accepted', 'mailbox_not_found']);
    expect([callsOf(parseAddress), callsOf(canonicalOf)]).toEqual([2, 2]);
  });
});

describe('the record of a climb', () => {
  const { signal } = new AbortController();

  test('has no address before the syntax step', () => {
    expect(() => withAddress(startClimb('ada@firm.example', OPTIONS, 0, signal))).toThrow('no address');
  });

  test('has the address and its canonical form after the syntax step', () => {
    const climb = startClimb('Ada+x@GMAIL.com', OPTIONS, 0, signal);
    takeSyntax(climb);
    expect(withAddress(climb)).toMatchObject({ address: { address: 'Ada+x@gmail.com' }, canonical: 'ada@gmail.com' });
  });

  test('has no address if its text is none', () => {
    const climb = startClimb('ada', OPTIONS, 0, signal);
    takeSyntax(climb);
    expect(climb).toMatchObject({ address: null, canonical: null, findings: { parsed: { rule: 'at_missing' } } });
  });
});
