/** How the page at /docs looks: one column of text, both colour schemes, nothing from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c2024, #e8eaed); --soft: light-dark(#5b6470, #a3acb8);
  --paper: light-dark(#fff, #14171a); --tint: light-dark(#f3f5f7, #1e2328); --line: light-dark(#d9dee4, #343b43);
  --mark: light-dark(#0b57a4, #8cc2ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--mark); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 2rem; margin: 0; } h2 { margin: 3rem 0 0; font-size: 1.4rem; } h3 { margin: 0; font-size: 1rem; }
p { margin: .6rem 0; } .soft { color: var(--soft); }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
code { background: var(--tint); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
nav h2 { font-size: .85rem; color: var(--soft); margin: 1rem 0 0; }
nav ul { list-style: none; padding: 0; margin: .5rem 0 0; } nav li { margin: .2rem 0; }
section.op { border: 1px solid var(--line); border-radius: 10px; margin: 1.25rem 0; padding: 1rem 1.25rem; }
.op h3 { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.method { font: 600 .8rem/1 ui-monospace, monospace; letter-spacing: .04em; border: 1px solid currentColor; color: var(--mark);
  border-radius: 5px; padding: .3em .5em; }
h4 { margin: 1rem 0 .25rem; font-size: .85rem; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
td:first-child code { white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
footer { padding: 3rem 1.25rem; color: var(--soft); }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
