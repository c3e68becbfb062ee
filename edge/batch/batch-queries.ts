/**
 * The DNS for many addresses at once: the same question is asked once, and only a few at a time.
 *
 * A Worker may have six connections waiting for headers. With four questions on the way, two are left for requests to
 * nodes or for a second resolver; what is over waits here, in order, and not unseen in the runtime.
 */
import type { DnsAnswer } from '../dns/answer.ts';
import type { DnsQuery } from '../dns/doh.ts';

const AT_ONCE_MAX = 4;

/** @param signal ends whatever is on its way; what waits is then not asked any more */
export function gatherQueries(query: DnsQuery, signal: AbortSignal): DnsQuery {
  const answers = new Map<string, Promise<DnsAnswer>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const takeTurn = async (name: string, type: Parameters<DnsQuery>[1]): Promise<DnsAnswer> => {
    if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      // Nobody waits for what would be asked now.
      return signal.aborted ? { kind: 'failure', fault: 'timeout' } : await query(name, type, signal);
    } finally {
      // The turn is handed on, or given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return (name, type) => {
    const question = `${name} ${type}`;
    const answer = answers.get(question) ?? takeTurn(name, type);
    answers.set(question, answer);
    return answer;
  };
}
