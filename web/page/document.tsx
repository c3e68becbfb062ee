/**
 * The frame of every page: head, masthead, footer. No inline script and no inline style, so that the policy of the pages
 * allows own files alone.
 */
import type { Child } from 'hono/jsx';

/** Paths of the static files by their plain name, as the build has named them. */
export type AssetPaths = Readonly<Record<string, string>>;

type Props = {
  readonly title: string;
  readonly description: string;
  /** The path of the page, which the menu marks. */
  readonly path: string;
  readonly assets: AssetPaths;
  /** Plain name of the script that brings the page to life, or null for a page that needs none. */
  readonly script: string | null;
  /** Plain names of the workers that the script may start. */
  readonly workers?: readonly string[];
  /** True for a page of tables. */
  readonly isWide?: boolean;
  readonly children: Child;
};

const MENU = [
  ['/', 'Try it'],
  ['/lists', 'Clean a list'],
  ['/keys', 'Get a key'],
  ['/docs', 'Docs'],
] as const;

/** `true`: the page is below this one. */
function currentOf(href: string, path: string): 'page' | 'true' | undefined {
  if (href === path) return 'page';
  return href !== '/' && path.startsWith(`${href}/`) ? 'true' : undefined;
}

export function Page({ title, description, path, assets, script, workers = [], isWide = false, children }: Props) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <meta name="description" content={description} />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={assets['icon.svg']} type="image/svg+xml" />
        <link rel="stylesheet" href={assets['style.css']} />
        {workers.map((worker) => (
          <meta name={worker} content={assets[`${worker}.js`]} />
        ))}
        {script === null ? null : <script type="module" src={assets[script]} />}
      </head>
      <body class={isWide ? 'wide' : undefined}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="masthead">
          <div class="frame">
            <a class="wordmark" href="/">
              vrfy
            </a>
            <nav aria-label="Main">
              <ul>
                {MENU.map(([href, name]) => (
                  <li>
                    <a href={href} aria-current={currentOf(href, path)}>
                      {name}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
          </div>
        </header>
        <main id="main">
          <div class="frame">{children}</div>
        </main>
        <footer class="foot">
          <div class="frame">
            <span>Asks the mail server and sends nothing.</span>
            <a href="/docs/verdicts">Verdicts and reasons</a>
            <a href="/docs">API</a>
            <a href="/console">Console</a>
            <a href="/licences.txt">Licences</a>
          </div>
        </footer>
      </body>
    </html>
  );
}
