/**
 * Asks the edge for facts about the link: whether it can be reached and publishes its keys, its clock, and, behind
 * Cloudflare, our address as seen from there. Nothing throws.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import net from 'node:net';
import type { EdgeFacts } from './facts.ts';

const TIMEOUT_MS = 5_000;
/** Octets of an answer that are read; a key set only has to be there. */
const ANSWER_OCTETS_MAX = 16_384;

type Answered = { readonly status: number; readonly date: string | null; readonly text: string };
/** Certificates that are trusted in addition to the system's. */
type Trust = { readonly ca?: string };
type From = Trust & { readonly sourceIp: string | null; readonly family: 4 | 6 };

/** @param nowMs wall clock */
export async function askEdge(edge: URL, nowMs: () => number, trust: Trust = {}): Promise<EdgeFacts> {
  const askedAtMs = nowMs();
  const answer = await get(new URL('/.well-known/jwks.json', edge), trust);
  if (typeof answer === 'string') return { kind: 'failed', fault: answer };
  const tookMs = Math.max(0, nowMs() - askedAtMs);
  const dateMs = answer.date === null ? Number.NaN : Date.parse(answer.date);
  if (!Number.isFinite(dateMs)) return { kind: 'answered', status: answer.status, clock: null };
  // `Date` has whole seconds, truncated, and was written at an unknown moment between question and answer.
  const aheadMs = askedAtMs + tookMs / 2 - (dateMs + 500);
  return { kind: 'answered', status: answer.status, clock: { aheadMs, uncertainMs: 500 + tookMs / 2 } };
}

/** Our address as Cloudflare saw it (it answers this path in front of every Worker); null without that answer. */
export async function addressSeen(edge: URL, from: From): Promise<string | null> {
  const answer = await get(new URL('/cdn-cgi/trace', edge), from);
  if (typeof answer === 'string' || answer.status !== 200) return null;
  const ip = /^ip=([0-9a-f.:]{3,45})$/im.exec(answer.text)?.[1] ?? '';
  return net.isIP(ip) === from.family ? ip : null;
}

/** The answer, or a fault code. Redirects are answers like any other. */
function get(url: URL, from: Trust | From): Promise<Answered | string> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const bound = 'family' in from ? { family: from.family, ...localAddress(from.sourceIp) } : {};
  const trusted = from.ca === undefined ? {} : { ca: from.ca };
  return new Promise((resolve) => {
    const asked = request(url, { ...bound, ...trusted, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.name === 'AbortError' || error.name === 'TimeoutError' ? 'timeout' : (error.code ?? 'http_error')),
    );
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_OCTETS_MAX) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, date: response.headers.date ?? null, text }),
      );
    });
    asked.end();
  });
}

function localAddress(sourceIp: string | null) {
  return sourceIp === null ? {} : { localAddress: sourceIp };
}
