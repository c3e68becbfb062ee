/**
 * The page at `/docs`: Scalar's API reference, which draws the OpenAPI document in the browser.
 *
 * The page is complete with files of ours: no content delivery network, fonts, proxy, telemetry or assistant. Its
 * policy allows files of our origin, and the styles in Scalar's script by their hashes; neither inline scripts nor `eval`.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { html } from 'hono/html';
import { type Asset, immutableAsset } from './asset.ts';

const BROWSER_BUILD = new URL('../../node_modules/@scalar/api-reference/dist/browser/standalone.js', import.meta.url);
const STYLE_SHEET = new URL('docs-page.css', import.meta.url);

/** Zod, which Scalar contains, tests if it may compile code. The policy forbids that, and browsers log each test as an error. */
const NO_COMPILED_CODE = 'globalThis.__zod_globalConfig = { jitless: true };\n';

/** In the markup of a sample; the policy forbids style attributes that vary. docs-page.css has a width for all of them. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of a template.
const LINE_NUMBER_STYLE = '` style="--line-count: ${s}; --line-digits: ${s.toString().length};"`';

/** Samples are in curl, JavaScript and Python: other clients are hidden, by language or one by one. */
const HIDDEN_CLIENTS = {
  c: true,
  clojure: true,
  csharp: true,
  dart: true,
  fsharp: true,
  go: true,
  http: true,
  java: true,
  julia: true,
  js: ['axios', 'jquery', 'ofetch', 'xhr'],
  kotlin: true,
  node: true,
  objc: true,
  ocaml: true,
  php: true,
  powershell: true,
  python: ['python3', 'aiohttp', 'httpx_sync', 'httpx_async'],
  r: true,
  ruby: true,
  rust: true,
  shell: ['httpie', 'wget'],
  swift: true,
};

const CONFIGURATION = {
  url: '/openapi.json',
  hiddenClients: HIDDEN_CLIENTS,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  documentDownloadType: 'direct',
  orderSchemaPropertiesBy: 'preserve',
  defaultOpenAllTags: true,
  hideClientButton: true,
  hideModels: true,
  showDeveloperTools: 'never',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
};

/** The page, its script and its style sheet. Throws if Scalar's build has no style sheet in the expected place. */
export async function docsPage(): Promise<readonly Asset[]> {
  const [before, after, ...more] = (await readFile(BROWSER_BUILD, 'utf8')).split(LINE_NUMBER_STYLE);
  if (after === undefined || more.length > 0) throw new Error('the style of line numbers in Scalar has moved');
  const scalar = `${before}\`\`${after}`;
  const script = immutableAsset('scalar', 'js', `${NO_COMPILED_CODE}${scalar}`);
  const style = immutableAsset('docs', 'css', await readFile(fileURLToPath(STYLE_SHEET), 'utf8'));
  const page: Asset = {
    path: '/docs',
    content: String(await pageOf(script.path, style.path)),
    headers: {
      'Cache-Control': 'public, max-age=300',
      'Content-Security-Policy': policyWith(stylesIn(scalar)),
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
    },
  };
  return [page, script, style];
}

/** The theme of Scalar that is not named in its text. */
const DEFAULT_THEME = /(`\/\* basic theme \*\/\n:root,(?:[^`\\]|\\.)*#0099ff(?:[^`\\]|\\.)*`)/gs;

/**
 * The constant texts that the script puts into style elements and style attributes. Throws if they are not in their
 * places.
 */
function stylesIn(script: string): readonly string[] {
  const elements = literalsIn(script, /createTextNode\((`(?:[^`\\]|\\.)*`)\)\),document\.head\.appendChild/gs);
  const [theme] = literalsIn(script, DEFAULT_THEME);
  const attributes = literalsIn(script, /setAttribute\(`style`,(`(?:[^`\\]|\\.)*`)\)/gs);
  if (elements.length === 0 || theme === undefined)
    throw new Error('the styles in the browser build of Scalar have moved');
  return [...elements, `\n@layer scalar-theme {\n${theme}}`, ...attributes];
}

/** @param pattern its first group is a template literal without placeholders */
function literalsIn(script: string, pattern: RegExp): readonly string[] {
  return [...script.matchAll(pattern)].map(([, literal = '']) => String(runInNewContext(literal)));
}

/** `unsafe-hashes` lets hashes count for style attributes too (CSP 3 §8.3); it allows nothing without a hash. */
function policyWith(styles: readonly string[]): string {
  const hashes = styles.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'unsafe-hashes' ${hashes.join(' ')}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function pageOf(script: string, style: string) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vrfy API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
</head>
<body>
<noscript>
<h1>vrfy API reference</h1>
<p>This page needs JavaScript. These do not: <a href="/openapi.json">the OpenAPI document</a>,
<a href="/docs/API.md">the API in Markdown</a>, <a href="/docs/VERDICTS.md">verdicts and reasons</a> and
<a href="/docs/SANDBOX.md">the sandbox</a>.</p>
</noscript>
<script id="api-reference" data-configuration="${JSON.stringify(CONFIGURATION)}" src="${script}"></script>
</body>
</html>
`;
}
