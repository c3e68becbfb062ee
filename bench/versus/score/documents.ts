/**
 * docs/COMPARISON.md, the table of README.md, and the tables that the command prints: all rendered from a recorded run.
 * scripts/docs.ts writes the documents.
 */
import { readFileSync } from 'node:fs';
import type { Verdict } from '../../../shared/verdict.ts';
import { spreadOf } from '../../figure.ts';
import { NPM_PEERS } from '../peers/npm.ts';
import { VRFY } from '../peers/own.ts';
import type { PeerFacts } from '../peers/peer.ts';
import { PEERS } from '../peers/peers.ts';
import { HUNG_MS } from '../run/ask-all.ts';
import { CASES, type PeerResults, type Results, resultsSchema } from '../run/results.ts';
import { readReplies, SUBJECTS, type Subject } from '../sets/replies.ts';
import { SERVERS } from '../sets/servers.ts';
import { ASKS_NO_SERVER, UNMEASURED } from '../sets/unmeasured.ts';
import { type Share, showShare } from './interval.ts';
import { explain, notLed } from './leads.ts';
import { outcomeOf, tallyBehaviour, tallyHonesty } from './tally.ts';

const REPLIES = readReplies();
const LETTERS: Readonly<Record<Verdict, string>> = { deliverable: 'D', invalid: 'I', risky: 'R', unknown: 'U' };

export function readResults(): Results {
  return resultsSchema.parse(JSON.parse(readFileSync(new URL('../results.json', import.meta.url), 'utf8')));
}

/** The tables of the parts that were run. */
export function renderTables(results: Results): string {
  return [
    machineLine(results),
    ...[honestyTable(results), subjectTable(results), behaviourTable(results), costTable(results)].filter(
      (part) => part !== '',
    ),
  ].join('\n\n');
}

function machineLine({ machine, load_before: load, seconds }: Results): string {
  return `${machine}; load average ${load} from other work before; ${seconds} s`;
}

type Cells = readonly string[];

function table(head: Cells, rows: readonly Cells[]): string {
  if (rows.length === 0) return '';
  const line = (cells: Cells): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function nameOf(id: string): string {
  const { name } = factsOf(id);
  return id === VRFY.id ? `**${name}**` : name;
}

function factsOf(id: string): PeerFacts {
  const facts = PEERS.find((peer) => peer.id === id);
  if (facts === undefined) throw new Error(`the results name a peer that is not known: ${id}`);
  return facts;
}

/** One row for each peer that has the part. */
function rowsOf<Name extends 'honesty' | 'behaviour' | 'cost'>(
  { peers }: Results,
  part: Name,
  cells: (of: NonNullable<PeerResults[Name]>) => Cells,
): readonly Cells[] {
  return peers.flatMap((peer) => {
    const outcome = peer[part];
    return outcome === null ? [] : [[nameOf(peer.id), ...cells(outcome as NonNullable<PeerResults[Name]>)]];
  });
}

function honestyTable(results: Results): string {
  const denominators = tallyHonesty({ verdicts: {} }, REPLIES);
  const head = [
    'verifier',
    `false invalid, of ${denominators.falseInvalid.of}`,
    `false deliverable, of ${denominators.falseDeliverable.of}`,
    `right, of ${denominators.right.of}`,
    `neither, of ${denominators.right.of}`,
  ];
  const rows = rowsOf(results, 'honesty', (honesty) => {
    const { falseInvalid, falseDeliverable, right, neither } = tallyHonesty(honesty, REPLIES);
    return [falseInvalid, falseDeliverable, right, neither].map(showShare);
  });
  return table(head, rows);
}

function subjectTable(results: Results): string {
  const subjects = Object.keys(SUBJECTS) as Subject[];
  const { bySubject } = tallyHonesty({ verdicts: {} }, REPLIES);
  const rows = rowsOf(results, 'honesty', (honesty) => {
    const tally = tallyHonesty(honesty, REPLIES);
    return subjects.map((subject) => String(tally.bySubject[subject].count));
  });
  return table(['right about', ...subjects.map((subject) => `${subject}, of ${bySubject[subject].of}`)], rows);
}

function behaviourTable(results: Results): string {
  const head = [
    'verifier',
    `right, of ${SERVERS.length}`,
    'acceptable',
    'wrong',
    'hung',
    'spoke early to',
    'spoke out of turn to',
    'sent DATA to',
    'connections to its own machine',
  ];
  const rows = rowsOf(results, 'behaviour', (behaviour) => {
    const tally = tallyBehaviour(behaviour, SERVERS);
    return [
      ...[tally.right, tally.acceptable, tally.wrong, tally.hung].map((share: Share) => showShare(share)),
      ...[behaviour.spoke_early, behaviour.out_of_turn, behaviour.sent_data].map((ids) => String(ids.length)),
      String(behaviour.own_machine),
    ];
  });
  return table(head, rows);
}

function costTable(results: Results): string {
  const head = [
    'verifier',
    'round trips: existing',
    'unknown',
    'catch-all',
    'a second mailbox of the domain',
    'connections for 100 addresses of a domain',
    'addresses a second',
  ];
  const rows = rowsOf(results, 'cost', ({ round_trips, connections, per_second }) => [
    ...CASES.map((name) => showSamples(round_trips[name], 1)),
    showSamples(connections, 0),
    showSamples(per_second, 0),
  ]);
  return table(head, rows);
}

function alwaysUnknown(): number {
  const verdicts = Object.fromEntries(REPLIES.map(({ id }) => [id, 'unknown' as const]));
  return tallyHonesty({ verdicts }, REPLIES).right.count;
}

/** `median (min–max)`. */
function showSamples(samples: readonly number[], digits: number): string {
  const { median, min, max } = spreadOf(samples);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Every server: the best answer, and the answer of each verifier, wrong ones in bold. */
function serverTable(results: Results): string {
  const peers = results.peers.filter(({ behaviour }) => behaviour !== null);
  const rows = SERVERS.map((server) => [
    `\`${server.id}\``,
    `${server.behaviour}${server.localPart === 'nobody' ? '; asked for a mailbox that does not exist' : ''}`,
    [
      ...server.right.map((verdict) => LETTERS[verdict]),
      ...server.acceptable.map((verdict) => `(${LETTERS[verdict]})`),
    ].join(' '),
    ...peers.map(({ behaviour }) => {
      const verdict = behaviour?.verdicts[server.id] ?? null;
      const outcome = outcomeOf(server, behaviour?.verdicts ?? {});
      const letter = verdict === null ? 'hung' : LETTERS[verdict];
      return outcome === 'wrong' || outcome === 'hung' ? `**${letter}**` : letter;
    }),
  ]);
  return table(['server', 'behaviour', 'right (acceptable)', ...peers.map(({ id }) => factsOf(id).name)], rows);
}

/** Replies about which this project was not right. */
function ownMisses({ peers }: Results): string {
  const own = peers.find(({ id }) => id === VRFY.id)?.honesty?.verdicts ?? {};
  const right = new Set(REPLIES.filter(({ id, about }) => isRight(about, own[id] ?? null)).map(({ id }) => id));
  const rows = REPLIES.filter(({ id }) => !right.has(id)).map(({ id, about, reply, source }) => [
    id,
    about,
    own[id] ?? 'none',
    `\`${reply.replaceAll('\n', ' ⏎ ')}\``,
    `<${source}>`,
  ]);
  return table(['reply', 'about', 'our verdict', 'text', 'source'], rows);
}

function isRight(about: Subject, verdict: Verdict | null): boolean {
  return tallyHonesty({ verdicts: { one: verdict } }, [{ ...placeholder, id: 'one', about }]).right.count === 1;
}

const placeholder = { stage: 'rcpt', stage_stated: true, reply: '250 Ok', source: 'https://example.com/' } as const;

function peerTable({ peers }: Results): string {
  const rows = peers.map(({ id, version }) => {
    const { name, kind, licence, options, mapping } = factsOf(id);
    return [name, version, kind, licence, options, mapping];
  });
  return table(['verifier', 'version', 'from', 'licence', 'options', 'how its answer is read'], rows);
}

function leadsText(results: Results): string {
  const columns = notLed(results);
  if (columns.length === 0) return 'vrfy leads every column of every table above, or is level with the best.';
  const lines = columns.map(
    ({ column, ours, better }) =>
      `- **${column}**: ${ours}; ${better.map(({ id, theirs }) => `${theirs} by ${factsOf(id).name}`).join(', ')}. ${explain(column)}`,
  );
  return `vrfy leads every column, or is level with the best, except for:\n\n${lines.join('\n')}`;
}

/** The small table of README.md. */
export function readmeTable(results: Results): string {
  const replies = tallyHonesty({ verdicts: {} }, REPLIES);
  const head = [
    '',
    `false invalid, of ${replies.falseInvalid.of} replies`,
    `false deliverable, of ${replies.falseDeliverable.of}`,
    `right, of ${replies.right.of}`,
    `misled by, or hung at, of ${SERVERS.length} odd servers`,
    'round trips to a verdict',
    'tells a catch-all domain',
  ];
  const rows = results.peers.flatMap(({ id, honesty, behaviour, cost }) => {
    if (honesty === null || behaviour === null || cost === null) return [];
    const tally = tallyHonesty(honesty, REPLIES);
    return [
      [
        nameOf(id),
        ...[tally.falseInvalid, tally.falseDeliverable, tally.right].map(({ count }) => String(count)),
        String(tallyBehaviour(behaviour, SERVERS).misled.length),
        spreadOf(cost.round_trips.existing).median.toFixed(1),
        behaviour.verdicts['catch-all'] === 'risky' && behaviour.verdicts['exists'] === 'deliverable' ? 'yes' : 'no',
      ],
    ];
  });
  return table(head, rows);
}

/** The whole of docs/COMPARISON.md. */
export function comparison(results: Results): string {
  const subjects = Object.entries(SUBJECTS).map(([subject, meaning]) => `\`${subject}\`: ${meaning}`);
  return `<!-- Generated by npm run versus from bench/versus/results.json. -->
# Comparison

How right is an email verifier? Figures are often claimed, and hardly ever shown in a way that others can repeat. This page is a run of \`npm run versus\`: this project and
${results.peers.length - 1} others on the same replies and the same mail servers, in one go.

Recorded on ${results.recorded_on}; ${machineLine(results)}. Repeat it with

\`\`\`sh
npm ci && npm run versus
\`\`\`

It needs root on Debian (network namespaces, port 25) and fetches the others from npm and Debian into caches. \`npm run versus -- --peer ID --part
honesty|behaviour|cost\` runs less of it. Nothing leaves the machine while it measures.

## How to read it

A verifier is asked about a mailbox and gives one of four answers: deliverable, invalid, risky, unknown. A **false invalid** throws a real
customer away; a **false deliverable** bounces. Neither right nor false is an unknown that could have been known, which costs a question and misleads
nobody; a deliverable at a domain that accepts everybody, since its server did accept; and an invalid at a server that relays nothing for its own
domain, since mail to it comes back to everybody. Figures in brackets are Wilson intervals at 95 % of the share, or the
smallest and the largest sample behind a median. The sets, their labels, their errors and their limits are described in the
[datasheet](../bench/versus/DATASHEET.md). The answers of the others are read in the way most favourable to them that their own documents allow, and
whoever has an option for a time-out has 20 s, as this project has ([below](#who-takes-part)).

## Honesty: ${REPLIES.length} labelled replies

A mail server says one documented reply, each with a public source. Whom does the verifier blame?

${honestyTable(results)}

Right ones by the subject of the reply: ${subjects.join('; ')}.

${subjectTable(results)}

Postfix and Exim ask whether a server would take mail *from them*: a refusal of the asker is a "no" on purpose there. For scale: a program that
always said *unknown* would never be false, right about ${alwaysUnknown()} of ${REPLIES.length}, and of no use; so look at \`gone\` and \`accepted\` as well.

## Behaviour: ${SERVERS.length} odd and hostile servers

Mailboxes are known, so an answer is right, acceptable (not the best, but it misleads nobody) or wrong; *hung* is no answer in ${HUNG_MS / 1_000} s, or a crash. Conduct
is counted in servers: *spoke early*, before the greeting was complete; *out of turn*, a command before the reply to the last one although
PIPELINING was not announced; *DATA*, which would start a message.

${behaviourTable(results)}

## Cost

Round trips to the verdict are (time at 50 ms − time at 0 ms) / 50 ms, over a relay that delays every octet, DNS not counted. Connections are for 100 addresses of one
domain, asked ten at a time, for three domains. The rate is over 200 domains near by: 50 calls at any time, or for vrfy \`POST /v1/verify/batch\` with 1,000 addresses a call.

${costTable(results)}

## Where vrfy does not lead

${leadsText(results)}

Replies of the honesty part that vrfy did not get right; no rule was changed for them:

${ownMisses(results) || 'none.'}

## Every server, every answer

D deliverable, I invalid, R risky, U unknown. Wrong and hung ones are bold.

${serverTable(results)}

## Who takes part

Each verifier runs unchanged in a network namespace of its own (\`unshare --net --mount --pid\`), where port 25 is free, every address of the mail servers is
local, and \`/etc/resolv.conf\` names the DNS of the benchmark. Those from npm have a process of their own with the pinned Node of this project.
Every package of npm that was found to ask a mail server is here, except for forks of these (\`deep-email-validator-extended\`, \`@gradeup/email-verify\`).
Not here, since they ask no mail server: ${ASKS_NO_SERVER.join('; ')}.

${peerTable(results)}

The two packages under BSL 1.1 are installed and called for this measurement only; nothing of their code was read or copied.
${NPM_PEERS.length} packages come from npm by a [lock file](../bench/versus/peers/npm/package-lock.json).

## Not measured

Hosted services and programs that npm and Debian do not have: their own words, or the behaviour of their code as it was read. **None of this was measured.**

${table(
  ['', 'why not', 'what it says, or does', 'source'],
  UNMEASURED.map(({ name, why, says, sources }) => [name, why, says, sources.map((source) => `<${source}>`).join(' ')]),
)}

## Limits

- Everything is on loopback: no large provider was asked, and no reply is weighted by how often it occurs.
- The sets were made by the authors of this project, who also knew such replies and servers when they wrote it: that it leads is no surprise, and by how much is no forecast. The labels are public; dispute one by an issue.
- Each host of the honesty part has a name of its own, so that no rule for a provider's hosts applies, to the disadvantage of every verifier that has such rules.
- Each verifier is asked once. vrfy asks again by itself after a temporary refusal, and a second node after a refusal of the first; neither is measured here.
- Rates are of this machine, with the mail servers and the verifier on the same processors.
`;
}
