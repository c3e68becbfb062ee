import { type AssetPaths, Page } from './document.tsx';

/** The page at `/lists` and `/lists/:id`; its script draws it. */
export function ListsPage({ assets }: { readonly assets: AssetPaths }) {
  return (
    <Page
      title="Clean a list – vrfy"
      description="Clean a file of email addresses before a send, and know its bounce rate before and after."
      path="/lists"
      assets={assets}
      script="list.js"
      workers={['xlsx-worker', 'rows-worker']}
    >
      <div id="lists" class="stack">
        <h1>Clean a list</h1>
        <noscript>
          <p class="notice">
            This page needs JavaScript. The command line and the API clean lists as well: <a href="/docs">the docs</a>.
          </p>
        </noscript>
      </div>
    </Page>
  );
}
