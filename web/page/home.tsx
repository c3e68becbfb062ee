/** The page at `/`: one field, and below it what the check found. It works without JavaScript, by a form. */
import { DOCUMENTED_ADDRESSES, type DocumentedAddress } from '../../shared/documented-addresses.ts';
import { reasonRow, VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { type AssetPaths, Page } from './document.tsx';
import { VERDICT_NAMES } from './verdict-card.tsx';
import { VerdictMark } from './verdict-mark.tsx';

/** Octets of an address that is taken; one that is longer is none. */
const EMAIL_LENGTH_MAX = 1_000;

/** The edge puts what it found into `#result`, and takes `#sandbox` away if it has none. */
export function HomePage({ assets }: { readonly assets: AssetPaths }) {
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
          vrfy asks the mail server and hangs up before anything is sent. If the server refuses us, you hear “unknown”
          and why, never “invalid”.
        </p>
        <form id="try" class="field" method="post" action="/">
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
            maxlength={EMAIL_LENGTH_MAX}
            placeholder="ada@example.com"
            required
          />
          <button class="button" type="submit">
            Check
          </button>
        </form>
      </div>
      <div id="result" class="result" aria-live="polite" />
      <SandboxChips />
      <section class="part stack" aria-labelledby="list">
        <h2 id="list">Clean a whole list</h2>
        <p class="prose">
          A file of addresses comes back as it was, with a verdict beside each row and the bounce rate before and after.
          All that costs nothing is found first.
        </p>
        <div id="drop">
          <a class="button quiet" href="/lists">
            Choose a file
          </a>
        </div>
      </section>
    </Page>
  );
}

/** An address for each reason that can be had by asking once. */
function SandboxChips() {
  return (
    <section id="sandbox" class="part stack" aria-labelledby="play">
      <h2 id="play">Addresses to play with</h2>
      <p class="soft prose">
        This edge runs with the sandbox: pretend mail servers under <code>.test</code>, one for each reason. Choose an
        address to see its verdict.
      </p>
      <div class="chips">
        {VERDICTS.map((verdict) => (
          <div>
            <h3>
              <VerdictMark verdict={verdict} />
              {VERDICT_NAMES[verdict]}
            </h3>
            {examplesOf(verdict).map(({ address, reason }) => (
              <button
                type="submit"
                class="chip"
                form="try"
                formnovalidate
                name="email"
                value={address}
                data-try={address}
                title={reason}
              >
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
