/** The Markdown documents for callers and operators as they are, below `/docs/`: a reader without JavaScript needs nothing else. */
import { readFile } from 'node:fs/promises';
import type { Asset } from './asset.ts';

const NAMES = ['API', 'VERDICTS', 'SANDBOX', 'CLI', 'FORMS', 'OPERATORS'] as const;

export async function markdownDocuments(): Promise<readonly Asset[]> {
  return Promise.all(
    NAMES.map(async (name) => ({
      path: `/docs/${name}.md` as const,
      content: await readFile(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8'),
      // Browsers show plain text, and download Markdown.
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'public, max-age=300' },
    })),
  );
}
