/** The page at `/`: one field, and below it what the check found. It works without JavaScript, by a form. */
import type { Answer } from '../../client/vrfy-client.ts';
import { DOCUMENTED_ADDRESSES, type DocumentedAddress } from '../../shared/documented-addresses.ts';
import { reasonRow, VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { type AssetPaths, Page } from './document.tsx';
import { VERDICT_NAMES, VerdictCard } from './verdict-card.tsx';
import { VerdictMark } from './verdict-mark.tsx';

type Props = {
  readonly assets: AssetPaths;
  readonly origin: string;
  /** True under `npm start`, where addresses under `.test` are answered. */
  readonly hasSandbox: boolean;
  /** What the form was sent with, and what came of it. */
  readonly email?: string;
  readonly answer?: Answer;
  readonly problem?: string;
};

export function HomePage({ assets, origin, hasSandbox, email = '', answer, problem }: Props) {
  return (
    <Page
      title="vrfy: does this mailbox exist?"
      description="Checks an email address by asking its mail server, and sends nothing."
      path="/"
      assets={assets}
      script="try.js"
    >
      <div class="stack">
        <h1>Does this mailbox exist?</h1>
        <p class="lead">
          vrfy asks the mail server and hangs up before anything is sent. If the server refuses us, you hear
          “unknown” and why, never “invalid”.
        </p>
        <form id="try" class="field" method="post" action="/" data-origin={origin}>
          <label class="visually-hidden" for="email">
            Email address
          </label>
          <input
            id="email"
            name="email"
            type="text"
            inputmode="email"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            maxlength={1000}
            placeholder={hasSandbox ? 'ada@good.test' : 'ada@example.com'}
            value={email}
            required
          />
          <button class="button" type="submit">
            Check
          </button>
        </form>
      </div>
      <div id="result" class="result" aria-live="polite">
        {problem === undefined ? null : <p class="notice bad">{problem}</p>}
        {answer === undefined ? null : <VerdictCard answer={answer} origin={origin} />}
      </div>
      {hasSandbox ? <SandboxChips /> : null}
    </Page>
  );
}

/** An address for each reason that can be had by asking once. */
function SandboxChips() {
  return (
    <section class="part stack" aria-labelledby="sandbox">
      <h2 id="sandbox">Addresses to play with</h2>
      <p class="soft prose">
        This edge runs with the sandbox: pretend mail servers under <code>.test</code>, one for each reason.
      </p>
      <div class="chips">
        {VERDICTS.map((verdict) => (
          <div>
            <h3>
              <VerdictMark verdict={verdict} />
              {VERDICT_NAMES[verdict]}
            </h3>
            {examplesOf(verdict).map(({ address, reason }) => (
              <button type="submit" class="chip" form="try" formnovalidate name="email" value={address} data-try={address} title={reason}>
                {address}
              </button>
            ))}
          </div>
        ))}
      </div>
    </section>
  );
}

function examplesOf(verdict: Verdict): readonly DocumentedAddress[] {
  const byReason = new Map<string, DocumentedAddress>();
  for (const row of DOCUMENTED_ADDRESSES) {
    const isOneQuestion = row.condition === 'none' && reasonRow(row.reason).verdict === verdict;
    if (isOneQuestion && !byReason.has(row.reason)) byReason.set(row.reason, row);
  }
  return [...byReason.values()];
}
