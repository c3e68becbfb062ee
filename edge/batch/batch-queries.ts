/**
 * DNS for many addresses at once: equal questions are coalesced, and only a few run at a time.
 *
 * A Worker may have six connections that wait for headers (async/connections.ts). Four questions in flight leave two for requests
 * to nodes or for a second resolver; further ones wait here, in order, before their time runs.
 */
import type { DnsAnswer } from '../dns/answer.ts';
import type { DnsQuery } from '../dns/doh.ts';

const AT_ONCE_MAX = 4;

/** @param signal aborts the questions in flight; queued ones are then never asked */
export function gatherQueries(query: DnsQuery, signal: AbortSignal): DnsQuery {
  const answers = new Map<string, Promise<DnsAnswer>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const takeTurn = async (name: string, type: Parameters<DnsQuery>[1]): Promise<DnsAnswer> => {
    if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      // The caller has gone, so that no one needs the answer.
      return signal.aborted ? { kind: 'failure', fault: 'timeout' } : await query(name, type, signal);
    } finally {
      // Pass the turn on, or give it back.
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
