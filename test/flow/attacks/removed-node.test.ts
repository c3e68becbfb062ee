/**
 * Attack: a node that lies, or whose network does. Once it is removed, its reports since then are forgotten, and those
 * of other nodes stay.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dns, startDns } from './dns.ts';
import { type Lab, openLab, wordOf } from './lab.ts';

const DOMAINS = Array.from({ length: 24 }, (_, n) => `bank${n}.example`);
const LIVES = 'deliverable/accepted';
const IS_DENIED = 'invalid/mailbox_not_found';

/** The answers of the liar's resolver. */
let spoofed: Dns;
let lab: Lab;

beforeAll(async () => {
  spoofed = await startDns();
  lab = await openLab({ nodes: [{ PROBE_DNS: spoofed.resolver }, {}] });
  const honest = await lab.host('mx.bank.example');
  const liar = await lab.host('mx.liar.example', { knows: () => false });
  spoofed.address(honest.name, liar.ip);
  for (const domain of DOMAINS) lab.mx(domain, { 10: honest.name });
});

afterAll(async () => {
  await lab.close();
  await spoofed.close();
});

test('no report of a removed node is used any more', async () => {
  const [liar = ''] = lab.nodes;
  const emails = DOMAINS.map((domain) => `ada@${domain}`);
  const since = new Date().toISOString();
  const answers = await Promise.all(emails.map((email) => lab.ask(email)));
  const isOfLiar = answers.map(({ smtp }) => smtp?.node === liar);
  // Each domain has its node; both nodes have some, and the answers by way of the liar were lies.
  expect(isOfLiar).toContain(true);
  expect(isOfLiar).toContain(false);
  expect(answers.map(wordOf)).toEqual(isOfLiar.map((wasLiedTo) => (wasLiedTo ? IS_DENIED : LIVES)));

  const removal = await lab.admin('DELETE', `/v1/nodes/${liar}?${new URLSearchParams({ forget_since: since })}`);
  expect(removal.ok).toBe(true);
  const askAgain = async () => Promise.all(emails.map((email) => lab.ask(email)));
  // The isolates of the edge hear of it within moments.
  await expect.poll(async () => (await askAgain()).map(wordOf), { interval: 500 }).toEqual(emails.map(() => LIVES));
  const batch = await lab.askAll(emails, { smtp: false });
  expect(emails.map((email) => wordOf(batch.get(email)))).toEqual(emails.map(() => LIVES));
  // Reports of the honest node were not asked for again.
  const kept = (await askAgain()).map(({ checked_at }) => checked_at).filter((_, index) => !isOfLiar[index]);
  expect(kept).toEqual(answers.map(({ checked_at }) => checked_at).filter((_, index) => !isOfLiar[index]));
});
