/**
 * A page for each verdict, reason and rule, drawn from the tables that decide them: what it means, when it is given, what to
 * do, and which address of the sandbox shows it.
 */
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import { REPLY_CLASSES, type ReplyClass, reasonOfReply, replyClassRow } from '../../shared/replies/classes.ts';
import type { RuleRow } from '../../shared/replies/rule.ts';
import { inTime } from '../../shared/spoken-time.ts';
import { REASON_NAMES, type Reason, type ReasonRow, reasonRow, VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { type AssetPaths, Page } from './document.tsx';
import { Marked } from './marked.tsx';
import { ReasonLink } from './reason-link.tsx';
import { Scroll } from './scroll.tsx';
import { TableHead } from './table-head.tsx';
import { VERDICT_NAMES } from './verdict-card.tsx';
import { VerdictMark } from './verdict-mark.tsx';

const VERDICT_MEANINGS: Readonly<Record<Verdict, string>> = {
  deliverable: 'The mail server accepts this mailbox, and it is known to refuse names that do not exist.',
  invalid: 'Mail to this address cannot arrive: its syntax, its domain or its mail server says so.',
  risky: 'Mail may arrive, but something speaks against counting on it.',
  unknown: 'Nothing is known of the mailbox. It is not a bad sign: the fault is in the way to it, or with us.',
};

/** A code that blames nobody of the four is about no one. */
const BLAMES = {
  recipient: 'the mailbox',
  us: 'us, the asker; it says nothing about the mailbox',
  server: 'the mail server; it says nothing about the mailbox',
  nobody: 'no one',
} as const;

type Frame = { readonly assets: AssetPaths };

/** All verdicts with their reasons. */
export function VerdictsPage({ assets }: Frame) {
  return (
    <Page
      title="Verdicts and reasons – vrfy"
      description="The four verdicts of vrfy and every reason for them."
      path="/docs/verdicts"
      assets={assets}
      script={null}
    >
      <div class="stack">
        <h1>Verdicts and reasons</h1>
        <p class="lead">
          Each answer has one of four verdicts and one reason. A refusal of us, a time-out or a fault of ours never
          makes an address invalid.
        </p>
      </div>
      {VERDICTS.map((verdict) => (
        <section class="part stack" aria-labelledby={verdict}>
          <h2 id={verdict}>
            <VerdictMark verdict={verdict} /> <a href={`/docs/verdicts/${verdict}`}>{VERDICT_NAMES[verdict]}</a>
          </h2>
          <p class="prose">{VERDICT_MEANINGS[verdict]}</p>
          <ReasonsOf verdict={verdict} />
        </section>
      ))}
    </Page>
  );
}

function ReasonsOf({ verdict }: { readonly verdict: Verdict }) {
  return (
    <Scroll label={`Reasons for ${verdict}`}>
      <table>
        <TableHead columns={['Reason', 'When']} />
        <tbody>
          {REASON_NAMES.filter((reason) => reasonRow(reason).verdict === verdict).map((reason) => (
            <tr>
              <td>
                <ReasonLink reason={reason} />
              </td>
              <td>
                <Marked text={reasonRow(reason).when} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function VerdictPage({ assets, verdict }: Frame & { readonly verdict: Verdict }) {
  return (
    <Page
      title={`${VERDICT_NAMES[verdict]} – vrfy`}
      description={VERDICT_MEANINGS[verdict]}
      path="/docs/verdicts"
      assets={assets}
      script={null}
    >
      <div class="stack">
        <p class="small">
          <a href="/docs/verdicts">Verdicts and reasons</a>
        </p>
        <h1>
          <VerdictMark verdict={verdict} /> {VERDICT_NAMES[verdict]}
        </h1>
        <p class="lead">{VERDICT_MEANINGS[verdict]}</p>
        <ReasonsOf verdict={verdict} />
      </div>
    </Page>
  );
}

export function ReasonPage({
  assets,
  reason,
  rules,
}: Frame & { readonly reason: Reason; readonly rules: readonly RuleRow[] }) {
  const row = reasonRow(reason);
  const { verdict, when, detail, advice, retryAfterSeconds } = row;
  const examples = DOCUMENTED_ADDRESSES.filter((documented) => documented.reason === reason);
  const readBy = rules.filter((rule) => classGives(rule.class, reason));
  return (
    <Page title={`${reason} – vrfy`} description={detail} path="/docs/verdicts" assets={assets} script={null}>
      <div class="stack">
        <p class="small">
          <a href="/docs/verdicts">Verdicts and reasons</a> / <a href={`/docs/verdicts/${verdict}`}>{verdict}</a>
        </p>
        <h1>
          <VerdictMark verdict={verdict} /> <code>{reason}</code>
        </h1>
        <p class="lead">{detail}</p>
        <dl class="facts">
          <dt>When</dt>
          <dd>
            <Marked text={when} />
          </dd>
          <dt>What to do</dt>
          <dd>
            <Marked text={advice} />
          </dd>
          {retryAfterSeconds === null ? null : (
            <>
              <dt>Ask again</dt>
              <dd>{inTime(retryAfterSeconds)}, unless the mail server named another time</dd>
            </>
          )}
          <dt>Remembered</dt>
          <dd>{lifeOf(row)}</dd>
        </dl>
      </div>
      {examples.length === 0 ? null : (
        <section class="part stack">
          <h2>See it in the sandbox</h2>
          <p class="soft">
            Under <code>npm start</code>, or with a test key:
          </p>
          <ul class="stack">
            {examples.map(({ address, note }) => (
              <li>
                <a href={`/#${encodeURIComponent(address)}`}>
                  <code>{address}</code>
                </a>
                <br />
                <span class="soft">
                  <Marked text={note} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {readBy.length === 0 ? null : (
        <section class="part stack">
          <h2>Replies that are read so</h2>
          <ul class="stack">
            {readBy.map(({ id, sample }) => (
              <li>
                <a href={`/docs/rules/${id}`}>
                  <code>{id}</code>
                </a>
                <br />
                <code class="soft">{sample}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}

function classGives(replyClass: ReplyClass, reason: Reason): boolean {
  return replyClass in REPLY_CLASSES && replyClassRow(replyClass).reason === reason;
}

function lifeOf({ memory: { life, refreshAfterSeconds } }: ReasonRow): string {
  if (life === 0) return 'no; it is found anew with each question';
  if (life === 'until_retry') return 'until asking again is worthwhile';
  if (life === 'until_named_retry') return 'until the time that the mail server named, else for a moment';
  const refresh =
    refreshAfterSeconds === null ? '' : `, and checked anew behind an answer after ${span(refreshAfterSeconds)}`;
  return `for ${span(life)}${refresh}`;
}

function span(seconds: number): string {
  return inTime(seconds).replace(/^in /, '');
}

export function RulePage({ assets, rule }: Frame & { readonly rule: RuleRow }) {
  const { id, provider, stages, codes, enhanced, class: replyClass, sample, source } = rule;
  const { meaning, blame } = replyClassRow(replyClass);
  const reason = reasonOfReply(replyClass, codes[0] ?? 0);
  const isUrl = /^https:\/\/\S+$/.test(source);
  return (
    <Page title={`Rule ${id} – vrfy`} description={meaning} path="/docs/verdicts" assets={assets} script={null}>
      <div class="stack">
        <p class="small">
          <a href="/docs/verdicts">Verdicts and reasons</a> / <a href={`/docs/reasons/${reason}`}>{reason}</a>
        </p>
        <h1>
          Rule <code>{id}</code>
        </h1>
        <p class="lead">{meaning}</p>
        <dl class="facts">
          <dt>A reply it reads</dt>
          <dd>
            <code>{sample}</code>
          </dd>
          <dt>Is about</dt>
          <dd>{BLAMES[blame]}</dd>
          <dt>Verdict</dt>
          <dd>
            {reasonRow(reason).verdict}, <code>{reason}</code>
          </dd>
          <dt>Codes</dt>
          <dd>
            {codes.map((code) => (code < 10 ? `${code}yz` : code)).join(', ')}
            {enhanced === undefined ? '' : `; status ${enhanced.map((status) => `x.${status}`).join(', ')}`}
          </dd>
          <dt>Stage</dt>
          <dd>{stages === undefined ? 'any' : stages.join(', ')}</dd>
          {provider === null ? null : (
            <>
              <dt>Provider</dt>
              <dd>{provider}</dd>
            </>
          )}
          <dt>Source</dt>
          <dd>{isUrl ? <a href={source}>{source}</a> : source}</dd>
        </dl>
        <p class="soft prose">
          The first rule that fits decides, unless a law about whom a reply blames passes it over. If a reply was read
          wrongly, report the reply and this rule.
        </p>
      </div>
    </Page>
  );
}
