import { type AssetPaths, Page } from './document.tsx';

/** The page at `/keys`: a free key by mail. */
export function KeysPage({ assets }: { readonly assets: AssetPaths }) {
  return (
    <Page
      title="Get a key – vrfy"
      description="A free key for the API by mail."
      path="/keys"
      assets={assets}
      script="keys.js"
    >
      <div class="stack">
        <h1>Get a key</h1>
        <p class="lead">
          Free, by mail. A link arrives, and the page behind it shows your key once. Your address is used for this and
          nothing else.
        </p>
        <form id="request" class="field">
          <label class="visually-hidden" for="email">
            Your email address
          </label>
          <input id="email" name="email" type="email" autocomplete="email" placeholder="you@example.com" required />
          <button class="button" type="submit">
            Mail me a key
          </button>
        </form>
        <p id="outcome" role="status" />
        <noscript>
          <p class="notice">
            This form needs JavaScript. <code>POST /v1/keys/request</code> does the same: <a href="/docs">the docs</a>.
          </p>
        </noscript>
      </div>
      <section id="have" class="part stack prose" hidden>
        <h2>A key that you have</h2>
        <p>See what is left of its checks today. The other pages here use it as well.</p>
        <div id="yours" />
      </section>
      <section class="part stack prose">
        <h2>What it opens</h2>
        <p>
          The whole API, with a quota of checks a day. Verdicts from syntax, lists, DNS and memory cost nothing, and
          neither does “unknown”. Without a key you have a few checks a day.
        </p>
        <p>
          The page that shows your key has lines to copy: for a terminal, for TypeScript, and for a file of addresses.
        </p>
      </section>
      <section class="part stack prose">
        <h2>For a form on a web page</h2>
        <p>
          Visitors can read what a page holds, so a form has a publishable key, which works on its own origins only. The
          operator of this edge makes one:{' '}
          <code>npx vrfy keys create --kind publishable --origin https://you.example</code>. Then one line does all:
        </p>
        <pre class="sample">
          <code>
            {'<script src="'}
            <span data-origin>https://EDGE</span>
            {'/widget.js" data-key="vrfy_pk_…" defer></script>'}
          </code>
        </pre>
      </section>
    </Page>
  );
}
