/**
 * The exercise of the package in each runtime: one program for all, a small edge for it, and the expected outcome.
 */
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { answerTo } from './answers.ts';

export type Given = {
  readonly edge: string;
  readonly key: string;
  readonly token: string;
  readonly webhook: { readonly body: string; readonly headers: object; readonly secret: string };
};

export type SmallEdge = Loopback & {
  /** @param edge origin under which the runtime reaches it */
  readonly given: (edge?: string) => Promise<Given>;
};

const ADDRESS = 'Ada@good.test';

/** A module that exports `exercise(given)`. */
export const PROGRAM = `
import { createClient, VrfyError, verifyToken, verifyWebhook } from 'vrfy-client';

export async function exercise({ edge, key, token, webhook }) {
  const client = createClient({ edge, key });
  const { verdict } = await client.verify('${ADDRESS}');
  const events = [];
  for await (const { event } of client.stream('${ADDRESS}')) events.push(event);
  const places = [];
  for await (const { index } of client.batch(['a@good.test', 'b@good.test'])) places.push(...index);
  await client.warm('good.test');
  const fault = await client.verify('busy').catch((error) => error);
  const options = { edge, audience: 'key1', address: '${ADDRESS}' };
  const claims = await verifyToken(token, options);
  const forged = await verifyToken(token, { ...options, address: 'eve@good.test' }).catch((error) => error.code);
  const { type } = await verifyWebhook(webhook.body, webhook.headers, webhook);
  return {
    verdict, events, places, type, forged,
    fault: [fault instanceof VrfyError, fault.code, fault.status],
    token: claims.verdict,
  };
}
`;

export const OUTCOME = {
  verdict: 'deliverable',
  events: ['step', 'verdict'],
  places: [1, 0],
  type: 'list.done',
  forged: 'token_address',
  fault: [true, 'invalid_request', 400],
  token: 'deliverable',
};

export async function startSmallEdge(): Promise<SmallEdge> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' };
  const loopback = await startLoopback(({ path, method, body }, response) => {
    const asked = body.length > 0 ? JSON.parse(new TextDecoder().decode(body)) : {};
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*');
    if (method === 'OPTIONS') return response.writeHead(204).end();
    switch (path.split('?')[0]) {
      case '/.well-known/jwks.json':
        return response.end(JSON.stringify({ keys: [jwk] }));
      case '/v1/verify':
        if (asked.email === 'busy') {
          response.writeHead(400, { 'content-type': 'application/problem+json' });
          return response.end(JSON.stringify({ code: 'invalid_request', detail: 'Bad.', status: 400 }));
        }
        return response.end(JSON.stringify(answerTo(asked.email)));
      case '/v1/verify/stream':
        response.setHeader('content-type', 'text/event-stream');
        response.write('event: step\r\ndata: {"step":"syntax"}\r');
        return response.end(`\n\r\nevent: verdict\ndata: ${JSON.stringify(answerTo(ADDRESS))}\n\n`);
      case '/v1/verify/batch':
        response.write(` ${JSON.stringify({ ...answerTo('b@good.test'), index: [1] })}\n  `);
        return response.end(`${JSON.stringify({ ...answerTo('a@good.test'), index: [0] })}\n`);
      default:
        return response.writeHead(202).end('{}');
    }
  });
  return {
    ...loopback,
    given: async (edge = loopback.url.origin) => {
      const now = Math.floor(Date.now() / 1000);
      const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ADDRESS));
      const claims = {
        verdict: 'deliverable',
        reason: 'accepted',
        address_sha256: base64url.encode(new Uint8Array(hash)),
      };
      const token = await new SignJWT({ ...claims, iss: edge, aud: 'key1', iat: now, exp: now + 900 })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: 'vrfy-result+jwt' })
        .sign(privateKey);
      const secret = `whsec_${Buffer.from('a secret of 24 octets...').toString('base64')}`;
      const body = '{"type":"list.done","timestamp":"2026-11-28T12:00:00Z","data":{}}';
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(now),
        'webhook-signature': new Webhook(secret).sign('msg_1', new Date(now * 1000), body),
      };
      return { edge, key: 'vrfy_pk_example', token, webhook: { body, headers, secret } };
    },
  };
}
