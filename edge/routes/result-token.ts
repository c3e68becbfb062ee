/**
 * The result token of an answer, for pages and on request: the server of a form checks with it offline the verdict that its page
 * got (crypto/result-token.ts signs it).
 */
import type { Context } from 'hono';
import type { Answer } from '../../shared/answer.ts';
import type { App } from '../http/context.ts';
import type { Caller } from '../wiring/quotas.ts';

/** Adds the token if it is wanted; if the request does not say, a page wants it. */
export async function withToken<A extends Answer>(c: Context<App>, wanted: boolean | null, answer: A): Promise<A> {
  const { caller, services } = c.var;
  if (!(wanted ?? isPage(caller))) return answer;
  const parties = { issuer: new URL(c.req.url).origin, audience: audienceOf(caller) };
  return { ...answer, token: await services.signResult(parties, answer) };
}

function isPage(caller: Caller): boolean {
  return caller.kind === 'payer' && caller.payer.kind === 'visitor';
}

/** The id of the key; a caller without one has the name of its kind, which is the id of no key. */
function audienceOf(caller: Caller): string {
  if (caller.kind === 'test') return caller.id;
  return 'id' in caller.payer ? caller.payer.id : caller.payer.kind;
}
