// Waiting for a condition instead of for a time: asks again until the answer is there or the bound is reached.

import { setTimeout as pause } from 'node:timers/promises';

export type Patience = { readonly timeoutMs: number; readonly everyMs?: number };

/** The first answer of `ask` that is not undefined. Throws after `timeoutMs`, naming the awaited event. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  patience: Patience,
): Promise<T> {
  const endMs = Date.now() + patience.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= endMs) throw new Error(`waited ${patience.timeoutMs} ms in vain for ${what}`);
    await pause(patience.everyMs ?? 50);
  }
}
