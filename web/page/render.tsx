/** Every page that is a file: its path and its HTML. Run at build time; the edge draws no page but the answer at `/`. */
import type { Child } from 'hono/jsx';
import { RULES } from '../../shared/replies/rules.ts';
import { REASON_NAMES, VERDICTS } from '../../shared/verdict.ts';
import { ConsolePage } from './console-page.tsx';
import type { AssetPaths } from './document.tsx';
import { ReasonPage, RulePage, VerdictPage, VerdictsPage } from './explain.tsx';
import { HomePage } from './home.tsx';
import { KeysPage } from './keys-page.tsx';
import { ListsPage } from './lists-page.tsx';

export type RenderedPage = {
  readonly path: `/${string}`;
  readonly html: string;
  readonly hasScript: boolean;
};

export function renderPages(assets: AssetPaths): readonly RenderedPage[] {
  const page = (path: `/${string}`, content: Child): RenderedPage => {
    const html = `<!doctype html>${String(content)}`;
    return { path, html, hasScript: html.includes('<script ') };
  };
  return [
    page('/', <HomePage assets={assets} />),
    page('/lists', <ListsPage assets={assets} />),
    page('/console', <ConsolePage assets={assets} />),
    page('/keys', <KeysPage assets={assets} />),
    page('/docs/verdicts', <VerdictsPage assets={assets} />),
    ...VERDICTS.map((verdict) => page(`/docs/verdicts/${verdict}`, <VerdictPage assets={assets} verdict={verdict} />)),
    ...REASON_NAMES.map((reason) =>
      page(`/docs/reasons/${reason}`, <ReasonPage assets={assets} reason={reason} rules={RULES} />),
    ),
    ...RULES.map((rule) => page(`/docs/rules/${rule.id}`, <RulePage assets={assets} rule={rule} />)),
  ];
}
