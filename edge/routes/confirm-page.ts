/** The pages behind the link of a free key: plain HTML that works without a script. Hono's `html` escapes inserted values. */
import { html, raw } from 'hono/html';
import type { KeyReport } from '../../shared/api-key.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1.0625rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
button { font: inherit; font-weight: 600; padding: 0.6rem 1.2rem; min-height: 2.75rem; border: 2px solid; border-radius: 0.4rem; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid; outline-offset: 3px; }
code, pre { font: 0.9375rem/1.5 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.9rem 1rem; border: 1px solid; border-radius: 0.4rem; user-select: all; }
`;

/** Our one style and our own form, and nothing else. */
export async function pagePolicy(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}

export type Page = ReturnType<typeof html>;

function frame(title: string, content: Page): Page {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`;
}

export function askPage(link: string): Page {
  return frame(
    'Your free key',
    html`<p>Press the button to see your key. It is shown once, so have a place for it at hand. A free key that you have already
stops working.</p>
${button(link, 'Show my key')}`,
  );
}

/** @param origin of the edge */
export function keyPage(
  { key, daily_quota }: Pick<KeyReport, 'daily_quota'> & { readonly key: string },
  origin: string,
): Page {
  const quota = daily_quota === null ? '' : html` It is good for ${daily_quota} checks a day that ask a mail server.`;
  return frame(
    'Your free key',
    html`<p>This is your key. Store it now: it is shown this once.${quota}</p>
<pre id="key">${key}</pre>
<p>It is for servers. Keep it secret, and out of web pages. To try it:</p>
<pre>curl -H "Authorization: Bearer ${key}" "${origin}/v1/verify?email=you@example.com"</pre>
<p><a href="/docs">The API</a></p>`,
  );
}

export function noLinkPage(): Page {
  return frame(
    'This link does not work',
    html`<p>It was used, or it is older than 30 minutes, or it was not copied whole. Ask for a new one: the key that you have works
until you have seen the next.</p>`,
  );
}

export function troublePage(link: string): Page {
  return frame(
    'Your key could not be made',
    html`<p>Something broke on our side. The link still works: wait a moment, and try again.</p>
${button(link, 'Try again')}`,
  );
}

function button(link: string, label: string): Page {
  return html`<form method="post" action="/keys/confirm">
<input type="hidden" name="link" value="${link}">
<button type="submit">${label}</button>
</form>`;
}
