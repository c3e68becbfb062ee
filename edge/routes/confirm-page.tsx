/** The pages behind the link of a free key: they work without a script. Hono's JSX escapes inserted values. */
import type { Child } from 'hono/jsx';
import type { KeyReport } from '../../shared/api-key.ts';
import { Page } from '../../web/page/document.tsx';

/** The worker does not know the hashes in the names of the static files; these names follow the newest. */
const ASSETS = { 'style.css': '/page.css', 'icon.svg': '/icon.svg' };

/** Our own style sheet and form, and nothing else. */
export const CONFIRM_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function frame(title: string, content: Child): string {
  const page = (
    <Page
      title={`${title} – vrfy`}
      description="A free key for the API."
      path="/keys/confirm"
      assets={ASSETS}
      script={null}
    >
      <div class="stack">
        <h1>{title}</h1>
        {content}
      </div>
    </Page>
  );
  return `<!doctype html>${String(page)}`;
}

export function askPage(link: string): string {
  return frame(
    'Your free key',
    <>
      <p class="lead">
        Press the button to see your key. It is shown once, so have a place for it at hand. A free key that you have
        already stops working.
      </p>
      <Confirm link={link} label="Show my key" />
    </>,
  );
}

/** @param origin of the edge */
export function keyPage(
  { key, daily_quota: quota }: Pick<KeyReport, 'daily_quota'> & { readonly key: string },
  origin: string,
): string {
  return frame(
    'Your free key',
    <>
      <p class="lead">
        This is your key. Store it now: it is shown this once.
        {quota === null ? '' : ` It is good for ${quota} checks a day that ask a mail server.`}
      </p>
      <pre id="key" class="sample whole">
        <code>{key}</code>
      </pre>
      <p>It is for servers. Keep it secret, and out of web pages.</p>
      <h2>Try it</h2>
      <h3>From a terminal</h3>
      <pre class="sample">
        <code>{`curl ${origin}/v1/verify -H 'Authorization: Bearer ${key}' --json '{"email":"you@example.com"}'`}</code>
      </pre>
      <h3>From TypeScript</h3>
      <pre class="sample">
        <code>{`import { createClient } from 'vrfy-client';

const vrfy = createClient({ edge: '${origin}', key: process.env.VRFY_KEY });
const { verdict, reason } = await vrfy.verify('you@example.com');`}</code>
      </pre>
      <h3>With a file of addresses</h3>
      <p>
        <a href="/lists">Clean a list</a> asks for your key and keeps it in its tab. From a terminal:
      </p>
      <pre class="sample">
        <code>{`VRFY_EDGE=${origin} VRFY_KEY=${key} npx vrfy list people.csv -o checked.csv`}</code>
      </pre>
      <p class="soft">
        A form on a web page needs a publishable key, which the operator makes. <a href="/docs">The API</a> has the
        rest.
      </p>
    </>,
  );
}

/** @param minutes that a link lives */
export function noLinkPage(minutes: number): string {
  return frame(
    'This link does not work',
    <>
      <p class="lead">
        It was used, or it is older than {minutes} minutes, or it was not copied whole. The key that you have works
        until you have seen the next.
      </p>
      <p>
        <a class="button" href="/keys">
          Ask for a new link
        </a>
      </p>
    </>,
  );
}

export function troublePage(link: string): string {
  return frame(
    'Your key could not be made',
    <>
      <p class="lead">Something broke on our side. The link still works: wait a moment, and try again.</p>
      <Confirm link={link} label="Try again" />
    </>,
  );
}

function Confirm({ link, label }: { readonly link: string; readonly label: string }) {
  return (
    <form method="post" action="/keys/confirm">
      <input type="hidden" name="link" value={link} />
      <button class="button" type="submit">
        {label}
      </button>
    </form>
  );
}
