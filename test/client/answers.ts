/** Answers of an edge as its clients get them. */
import type { ServerResponse } from 'node:http';
import type { Answer } from '../../shared/answer.ts';

export function answerTo(email: string): Answer {
  const flags = { disposable: false, role: false, free: false, alias: false, catch_all: null, mailbox_full: null };
  return {
    email,
    address: email,
    canonical: email,
    verdict: 'deliverable',
    reason: 'accepted',
    detail: 'The mail server accepts the mailbox.',
    did_you_mean: null,
    flags,
    mx: null,
    smtp: null,
    second_opinion: null,
    retry_after: null,
    checked_at: '2026-01-01T00:00:00.000Z',
    cached: false,
    steps: [],
  };
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ type: `urn:vrfy:problem:${code}`, title: code, status, code, detail: `${code}.` }));
}
