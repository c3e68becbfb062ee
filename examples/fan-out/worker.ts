/**
 * A Worker that calls the edge's `Verifier`: people sign up one by one, and are invited by list.
 *
 *   POST /sign-up   an address as text           → may this person sign up?
 *   POST /invite    addresses, one per line      → the number of each verdict, counted while they arrive
 *   POST /typing    a domain as text             → a session with its mail server is opened
 */
import { readVerdicts, type Verdict } from './read-verdicts.ts';

type Options = { readonly deadline_ms?: number; readonly max_age?: number; readonly smtp?: boolean };

/** `bulk`: no form waits for these answers, and none is kept waiting by them. */
type ManyOptions = Options & { readonly priority?: 'interactive' | 'bulk' };

/** The methods of the binding. */
type Verifier = {
  verify(email: string, options?: Options): Promise<Verdict>;
  verifyMany(emails: readonly string[], options?: ManyOptions): Promise<ReadableStream<Uint8Array>>;
  warm(domain: string): Promise<void>;
};

type Env = { readonly VERIFIER: Verifier };

export default {
  async fetch(request: Request, { VERIFIER }: Env): Promise<Response> {
    const text = await request.text();
    try {
      switch (new URL(request.url).pathname) {
        case '/sign-up':
          return await signUp(text, VERIFIER);
        case '/invite':
          return await invite(text.split('\n').filter(Boolean), VERIFIER);
        case '/typing':
          await VERIFIER.warm(text);
          return new Response(null, { status: 202 });
        default:
          return new Response('no such path', { status: 404 });
      }
    } catch (error) {
      // `code: sentence`, such as `invalid_request: domain: must be a domain such as example.com.`
      return new Response(error instanceof Error ? error.message : 'fault', { status: 400 });
    }
  },
};

/** Refuse only on a clear `invalid`: an answer that is not known is no reason to turn a person away. */
async function signUp(email: string, verifier: Verifier): Promise<Response> {
  const { verdict, reason, did_you_mean } = await verifier.verify(email, { deadline_ms: 3_000 });
  return Response.json({ welcome: verdict !== 'invalid', reason, did_you_mean });
}

async function invite(emails: readonly string[], verifier: Verifier): Promise<Response> {
  const counts: Record<string, number> = {};
  for await (const { verdict, index } of readVerdicts(await verifier.verifyMany(emails, { priority: 'bulk' }))) {
    counts[verdict] = (counts[verdict] ?? 0) + index.length;
  }
  return Response.json(counts);
}
