import { type AssetPaths, Page } from './document.tsx';

/** The page at `/console`, for the operator; its script asks for the token and draws the rest. */
export function ConsolePage({ assets }: { readonly assets: AssetPaths }) {
  return (
    <Page
      title="Console – vrfy"
      description="Nodes, who blocks whom, throughput, marks and keys of this edge."
      path="/console"
      assets={assets}
      script="console.js"
      isWide
    >
      <div id="console">
        <h1>Console</h1>
        <noscript>
          <p class="notice">
            This page needs JavaScript. The command line shows the same: <code>npx vrfy nodes</code>.
          </p>
        </noscript>
      </div>
    </Page>
  );
}
