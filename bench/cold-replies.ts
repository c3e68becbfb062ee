/**
 * Classifies every reply of the corpus in a process that has classified none, then the same replies again. Prints the
 * processor time of both passes: `{ "coldMs", "warmMs" }`.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { classify } from '../shared/replies/classify.ts';

const CORPUS = path.join(import.meta.dirname, '../test/replies/corpus.tsv');
const WARM_PASSES = 20;

const lines = (await readFile(CORPUS, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const replies = lines.flatMap((line) => {
  const [, , provider, raw = ''] = line.split('\t');
  const [, code, enhanced = null, text] = /^([0-9]{3})[ -](?:([245]\.[0-9]+\.[0-9]+) )?(.*)$/.exec(raw) ?? [];
  if (code === undefined || text === undefined) return [];
  return { reply: { code: Number(code), enhanced, text }, provider: provider === '-' ? null : (provider ?? null) };
});

/** Milliseconds of processor. */
function passMs(): number {
  const before = process.cpuUsage();
  for (const { reply, provider } of replies) classify('rcpt', reply, provider);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const coldMs = passMs();
let warmMs = 0;
for (let pass = 0; pass < WARM_PASSES; pass += 1) warmMs += passMs() / WARM_PASSES;
process.stdout.write(JSON.stringify({ coldMs, warmMs, replies: replies.length }));
