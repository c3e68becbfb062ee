/**
 * The widget at `/widget.js`, which follows the newest version, and at `/widget/VERSION.js`, which never changes and so may be
 * pinned by its hash. Pages of any origin load both, with `crossorigin` as well.
 */
import { buildWidget } from '../build-widget.ts';
import type { Asset } from './asset.ts';

const HEADERS = {
  // A page of another encoding must not change the texts.
  'Content-Type': 'text/javascript; charset=utf-8',
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
};

export async function widgetScripts(): Promise<readonly Asset[]> {
  const { version, script } = buildWidget();
  return [
    { path: '/widget.js', content: script, headers: { ...HEADERS, 'Cache-Control': 'public, max-age=300' } },
    {
      path: `/widget/${version}.js`,
      content: script,
      headers: { ...HEADERS, 'Cache-Control': 'public, max-age=31536000, immutable' },
    },
  ];
}
