/**
 * A form whose server trusts nothing but the token: a request can claim anything about an address, but it cannot forge a token.
 * The same for every framework: worker.ts is Hono on a Worker, server.ts is Express on Node.
 */
// In a project of your own: from 'vrfy-client'.
import { VrfyError, verifyToken } from '../../client/vrfy-client.ts';

export type Settings = {
  /** Origin of the edge, as the pages reach it. */
  readonly EDGE: string;
  /** The publishable key that stands in the page, and its id, which a token is for. */
  readonly KEY: string;
  readonly KEY_ID: string;
};

export type Outcome = { readonly status: 200 | 422; readonly text: string };

/** @param fields of the form, as they came */
export async function signUp(
  { email, vrfy_token }: { readonly email?: unknown; readonly vrfy_token?: unknown },
  { EDGE, KEY_ID }: Settings,
): Promise<Outcome> {
  if (typeof email !== 'string' || email.length > 254 || !email.includes('@')) {
    return { status: 422, text: 'Please write a whole address.' };
  }
  try {
    const { verdict } = await verifyToken(vrfy_token, { edge: EDGE, audience: KEY_ID, address: email });
    if (verdict === 'invalid') return { status: 422, text: 'No mail can reach this address.' };
    return {
      status: 200,
      text: verdict === 'deliverable' ? 'Welcome!' : 'Welcome! Please confirm by the mail that we send.',
    };
  } catch (error) {
    if (!(error instanceof VrfyError)) throw error;
    // No token, or none that is good: a browser without JavaScript, an edge that was away, or a forgery. That is no
    // reason to turn a person away: the address counts as unchecked.
    return { status: 200, text: 'Welcome! Please confirm by the mail that we send.' };
  }
}

/** The policy of the page: the two directives that the widget needs are the first ones. */
export function policyOf({ EDGE }: Settings): string {
  return `script-src ${EDGE}; connect-src ${EDGE}; default-src 'none'; form-action 'self'; base-uri 'none'`;
}

export function pageOf({ EDGE, KEY }: Settings): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sign up</title>
<script src="${EDGE}/widget.js" data-key="${KEY}" defer></script>
<h1>Sign up</h1>
<form method="post">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" required>
<button>Sign up</button>
</form>
`;
}
