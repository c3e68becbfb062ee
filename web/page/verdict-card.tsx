/**
 * One answer, drawn for a person: the verdict with its sentence, what to do next, what the mail server said, the steps, and the
 * command that gives the same. Drawn by the edge if the page has no JavaScript, else by the browser; so it has no state.
 */
import type { Answer } from '../../client/vrfy-client.ts';
import { inTime } from '../../shared/spoken-time.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { personAdvice } from './advice.ts';
import { ReasonLink } from './reason-link.tsx';
import { VerdictMark } from './verdict-mark.tsx';

export const VERDICT_NAMES: Readonly<Record<Verdict, string>> = {
  deliverable: 'Deliverable',
  invalid: 'Invalid',
  risky: 'Risky',
  unknown: 'Unknown',
};

/** How a step ended, as the stream of a check tells it. */
export type StepReport = Answer['steps'][number];

type Step = { readonly says: string; readonly outcome: StepReport['outcome'] | 'running' };

/** Each step of a check in a person's words. */
const STEP_NAMES: Readonly<Record<string, string>> = {
  syntax: 'Read the address',
  role: 'Look for a role account',
  disposable: 'Look for a disposable domain',
  free: 'Look for a free provider',
  typo: 'Look for a typo',
  provider_rules: 'Compare with the provider’s rules',
  memory: 'Look up an earlier verdict',
  mx: 'Find the mail servers',
  quota: 'Count the probe',
  probe: 'Ask the mail server',
};

const OUTCOMES: Readonly<Record<Step['outcome'], readonly [sign: string, name: string]>> = {
  pass: ['✓', 'passed'],
  found: ['•', 'found something'],
  stop: ['■', 'decided'],
  fail: ['!', 'failed'],
  skipped: ['–', 'skipped'],
  running: ['…', 'running'],
};

export function Steps({ steps, isRunning }: { readonly steps: readonly StepReport[]; readonly isRunning: boolean }) {
  return (
    <ol class="steps">
      {steps.map(({ step, outcome, ms }) => (
        <StepLine says={STEP_NAMES[step] ?? step} outcome={outcome} ms={ms} />
      ))}
      {isRunning ? <StepLine says="Checking" outcome="running" ms={null} /> : null}
    </ol>
  );
}

function StepLine({ says, outcome, ms }: Step & { readonly ms: number | null }) {
  const [sign, name] = OUTCOMES[outcome];
  return (
    <li class={outcome}>
      <span class={outcome === 'running' ? 'outcome pulse' : 'outcome'} aria-hidden="true">
        {sign}
      </span>
      <span>
        {says}
        <span class="visually-hidden">: {name}</span>
      </span>
      {ms === null || outcome === 'skipped' ? null : <span class="time">{ms < 1 ? '< 1' : Math.round(ms)} ms</span>}
    </li>
  );
}

type CardProps = {
  readonly answer: Answer;
  /** The edge's own URL without a slash at its end. */
  readonly origin: string;
};

export function VerdictCard({ answer, origin }: CardProps) {
  const { verdict, reason, detail, email, did_you_mean: meant, retry_after: retryAfter } = answer;
  return (
    <article class={`card verdict-card ${verdict}`} aria-labelledby="verdict">
      <header class="verdict-head">
        <h2 id="verdict">
          <VerdictMark verdict={verdict} />
          {VERDICT_NAMES[verdict]}
        </h2>
        <p class="address">{email}</p>
        <p>{detail}</p>
        {meant === null ? null : (
          <p>
            Did you mean{' '}
            <button
              type="submit"
              class="button quiet small"
              name="email"
              value={meant}
              form="try"
              formnovalidate
              data-try={meant}
            >
              {meant}
            </button>
            ?
          </p>
        )}
      </header>
      <div class="columns">
        <section class="stack" aria-labelledby="next">
          <h3 id="next">What to do</h3>
          <p>{personAdvice(reason)}</p>
          {retryAfter === null ? null : (
            <p>
              Asking again is worthwhile {inTime(retryAfter)}.{' '}
              <button
                type="submit"
                class="button quiet small"
                name="email"
                value={email}
                form="try"
                formnovalidate
                data-try={email}
              >
                Ask again
              </button>
            </p>
          )}
          <h3>What we found</h3>
          <Evidence answer={answer} />
        </section>
        <section class="stack" aria-labelledby="steps">
          <h3 id="steps">Steps, cheapest first</h3>
          <Steps steps={answer.steps} isRunning={false} />
        </section>
      </div>
      <div class="stack">
        <h3>The same from a terminal</h3>
        <Copyable text={curlLine(email, origin)} name="command" />
      </div>
    </article>
  );
}

function Evidence({ answer }: { readonly answer: Answer }) {
  const { reason, flags, mx, smtp, cached } = answer;
  const told = Object.entries(FLAG_NAMES).flatMap(([flag, name]) => (flags[flag as keyof typeof flags] ? [name] : []));
  return (
    <dl class="facts">
      <dt>Reason</dt>
      <dd>
        <ReasonLink reason={reason} />
      </dd>
      <Fact name="Provider" text={mx?.provider ?? null} />
      <Fact name="Mail servers" text={mx === null ? null : hostsOf(mx.hosts)} />
      {smtp === null ? null : (
        <>
          <Fact name="Asked" text={smtp.host} />
          <Fact name="Stage" text={smtp.stage.toUpperCase()} />
          <Fact name="Reply" text={replyOf(smtp)} isCode />
          {smtp.rule === null ? null : (
            <>
              <dt>Rule</dt>
              <dd>
                <a href={`/docs/rules/${smtp.rule}`}>
                  <code>{smtp.rule}</code>
                </a>
              </dd>
            </>
          )}
          <Fact name="Node" text={`${smtp.node}, ${smtp.region}${smtp.tls ? ', over TLS' : ''}`} />
        </>
      )}
      <Fact name="Also" text={told.length === 0 ? null : told.join(', ')} />
      <Fact name="From" text={cached ? 'an earlier check' : null} />
    </dl>
  );
}

const FLAG_NAMES = {
  disposable: 'disposable domain',
  role: 'role account',
  free: 'free provider',
  alias: 'has a tag',
  catch_all: 'domain accepts every name',
  mailbox_full: 'mailbox full',
} as const;

function Fact({
  name,
  text,
  isCode = false,
}: {
  readonly name: string;
  readonly text: string | null;
  readonly isCode?: boolean;
}) {
  if (text === null || text === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{isCode ? <code>{text}</code> : text}</dd>
    </>
  );
}

/** What the server said: its code, its status (RFC 3463) and its text. */
function replyOf({ code, enhanced, text }: NonNullable<Answer['smtp']>): string {
  return [code, enhanced, text].filter((part) => part !== null && part !== '').join(' ');
}

/** Mail servers that are shown; a domain may name dozens. */
const HOSTS_SHOWN_MAX = 3;

function hostsOf(hosts: readonly { readonly host: string }[]): string {
  const names = hosts.slice(0, HOSTS_SHOWN_MAX).map(({ host }) => host);
  const rest = hosts.length - names.length;
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
}

/** Text with a button that copies it. The button needs JavaScript and is shown by it. */
function Copyable({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <div class="copy">
      <pre>
        <code>{text}</code>
      </pre>
      <button type="button" class="button quiet small" data-copy={text} hidden>
        Copy<span class="visually-hidden"> {name}</span>
      </button>
    </div>
  );
}

/** The address goes in a body, so that it stays out of logs; quoted for a POSIX shell. */
function curlLine(email: string, origin: string): string {
  const body = JSON.stringify({ email }).replaceAll("'", "'\\''");
  return `curl ${origin}/v1/verify --json '${body}'`;
}
