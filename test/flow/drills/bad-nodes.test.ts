/**
 * A node that is enrolled, tells the edge that all is well, and does its work badly: whatever it does, every address has
 * the verdict of its mail server, once, as long as another node works.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evidenceFor, linesOf, recipientsIn } from '../../edge/nodes/small-nodes.ts';
import { listenToEdge } from './edge-log.ts';
import { type Ground, openGround } from './ground.ts';
import { askedTwice, NOTHING_WRONG, tell } from './load.ts';
import type { Conduct, Relay } from './relay.ts';

const BAD = 'bad1';

let ground: Ground;
let relay: Relay;

beforeEach(async () => {
  const specs = [BAD, 'good1', 'good2'].map((id) => ({ id, region: 'eu-central', isRelayed: id === BAD }));
  ground = await openGround(specs);
  const bad = ground.nodes.find(({ id }) => id === BAD)?.relay ?? null;
  if (bad === null) throw new Error('there is no relay');
  relay = bad;
});

afterEach(() => ground?.close());

const silent: Conduct = () => {};

const holdsItsTongue: Conduct = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'vrfy-sign-seconds': '1' }).write(' ');
};

const slow: Conduct = (_, __, pass) => void setTimeout(pass, 2_000);

const RUBBISH: readonly Conduct[] = [
  (_, response) => response.end('<html>It works!</html>'),
  (_, response) => response.end('{}\n[]\nnull\n7\n'),
  (_, response) => response.end(Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x28])),
  (_, response) => response.end('x'.repeat(200_000)),
  (_, response) => response.writeHead(200, { 'content-length': '500' }).write('{"id":', () => response.destroy()),
  (_, response) => response.writeHead(500).end('oops'),
  (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  (_, response) => response.destroy(),
];

const rubbish: Conduct = (...asked) => RUBBISH[relay.asked() % RUBBISH.length]?.(...asked);

/** Would make every mailbox a good one, if it were believed. */
const somebodyElses: Conduct = (arrived, response) => {
  const lines = recipientsIn(arrived).flatMap(({ id, address }) => [
    // Of another domain under our id; of our domain under another id; ours, but by another node.
    evidenceFor({ id, address: 'known@somebody-else.test' }, { node: BAD }),
    evidenceFor({ id: (id + 500_000) % 1_000_000, address }, { node: BAD }),
    evidenceFor({ id, address }, { node: 'good1' }),
  ]);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(linesOf(lines));
};

test.each<[string, Conduct]>([
  ['accepts and never answers', silent],
  ['answers and then holds its tongue', holdsItsTongue],
  ['takes two seconds more for everything', slow],
  ['answers rubbish', rubbish],
  ['answers for another request', somebodyElses],
])('no verdict is lost, doubled or wrong by a node that %s', async (drill, conduct) => {
  const log = listenToEdge();
  const name = drill.replaceAll(' ', '-');
  const { questions, atOnce, listLength } = ground.size;
  const load = ground.load({ name, count: questions });
  const byBad = () => load.told().filter(({ node }) => node === BAD).length;
  await expect.poll(byBad, { interval: 5 }).toBeGreaterThan(0);
  const struckAtMs = performance.now();
  relay.behave(conduct);
  const report = await load.report;
  log.end();
  const twice = askedTwice(ground.mail.asked(), name);
  tell(
    `a node ${drill} (asked ${relay.asked()} times, ${twice} mailboxes asked about twice)`,
    report,
    load.told(),
    struckAtMs,
  );
  expect(report).toMatchObject(NOTHING_WRONG);
  expect(relay.asked()).toBeGreaterThan(0);
  // Hedges, one question in twenty at most; and the questions in flight at the bad node when it turned bad.
  expect(twice).toBeLessThan(questions / 20 + atOnce + listLength);
});
