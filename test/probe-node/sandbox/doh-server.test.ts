import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DohServer, startDohServer } from '../../../probe-node/sandbox/doh-server.ts';
import { PERSONAS } from '../../../probe-node/sandbox/personas.ts';
import { createZone } from '../../../probe-node/sandbox/zone.ts';
import { askByPost, MEDIA_TYPE, readAnswer, wireQuestion } from './dns-question.ts';

let server: DohServer;

beforeAll(async () => {
  server = await startDohServer(createZone(PERSONAS), null);
});

afterAll(() => server.close());

describe('the wire answer', () => {
  test('the wire answer for MX has the records, and the id and question of the query', async () => {
    const answer = await askByPost(server.url, wireQuestion('Backup.TEST', 'MX'));
    expect(answer).toMatchObject({
      id: 0x2b1d,
      type: 'response',
      code: 0,
      flag_aa: true,
      flag_rd: true,
      flag_ra: true,
    });
    expect(answer.questions).toEqual([{ name: 'Backup.TEST', type: 'MX', class: 'IN' }]);
    expect(answer.answers).toMatchObject([
      { name: 'Backup.TEST', type: 'MX', ttl: 60, data: { preference: 10, exchange: 'mx1.backup.test' } },
      { name: 'Backup.TEST', type: 'MX', ttl: 60, data: { preference: 20, exchange: 'mx2.backup.test' } },
    ]);
  });

  test('the wire answer for a null MX is preference 0 and the root', async () => {
    const { answers } = await askByPost(server.url, wireQuestion('nullmx.test', 'MX'));
    expect(answers).toMatchObject([{ type: 'MX', data: { preference: 0, exchange: '.' } }]);
  });

  test('the wire answer for the address of a mail host is loopback', async () => {
    const { answers } = await askByPost(server.url, wireQuestion('mx.good.test', 'A'));
    expect(answers).toMatchObject([{ type: 'A', data: '127.0.0.1' }]);
  });

  test.each([
    ['a missing name', 'ghost.test', 3],
    ['a missing type', 'nomx.test', 0],
  ])('the wire answer for %s is negative, with the SOA that says for how long', async (_, name, code) => {
    const answer = await askByPost(server.url, wireQuestion(name, 'MX'));
    expect(answer).toMatchObject({ code, answers: [] });
    expect(answer.authorities).toMatchObject([{ type: 'SOA', name: 'test', ttl: 60, data: { minimum: 60 } }]);
  });

  test.each([
    ['SERVFAIL for a failing domain', 'dnsfail.test', 2],
    ['REFUSED for a name of the outside when there is nobody to forward to', 'example.com', 5],
  ])('the wire answer is %s, without an SOA', async (_, name, code) => {
    const answer = await askByPost(server.url, wireQuestion(name, 'MX'));
    expect(answer).toMatchObject({ code, answers: [], authorities: [] });
  });

  test('the wire answer echoes the number of a type that it does not know', async () => {
    const question = wireQuestion('good.test', 'A');
    question.writeUInt16BE(65, question.length - 4);
    const answer = await askByPost(server.url, question);
    expect(answer).toMatchObject({ code: 0, answers: [], questions: [{ type: 'UNKNOWN_65' }] });
  });

  test('the wire answer has an OPT record when the query has one', async () => {
    const opt = { type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0 } as const;
    const question = wireQuestion('good.test', 'MX', { additionals: [{ ...opt, flag_do: false, options: [] }] });
    expect((await askByPost(server.url, question)).additionals).toMatchObject([{ type: 'OPT' }]);
    expect((await askByPost(server.url, wireQuestion('good.test', 'MX'))).additionals).toEqual([]);
  });

  test('the wire answer refuses several questions in one message, and what is no query', async () => {
    const questions = [{ type: 'MX', name: 'good.test' } as const, { type: 'A', name: 'good.test' } as const];
    expect((await askByPost(server.url, wireQuestion('', 'MX', { questions }))).code).toBe(1);
    expect((await askByPost(server.url, wireQuestion('good.test', 'MX', { flags: 2 << 11 }))).code).toBe(4);
  });

  test('the wire answer never comes for the silent domain, and the wait ends with the asker', async () => {
    const body = new Uint8Array(wireQuestion('dnssilent.test', 'MX'));
    const patience = new AbortController();
    const asked = fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE },
      body,
      signal: patience.signal,
    });
    // A question asked later is answered meanwhile: the first one is held, not queued.
    await askByPost(server.url, wireQuestion('good.test', 'MX'));
    patience.abort();
    await expect(asked).rejects.toThrow();
  });
});

describe('the HTTP side', () => {
  test('the HTTP side takes GET with base64url as well as POST', async () => {
    const dns = wireQuestion('good.test', 'MX').toString('base64url');
    const response = await fetch(`${server.url}?dns=${dns}`);
    expect(response.headers.get('content-type')).toBe(MEDIA_TYPE);
    expect(readAnswer(await response.bytes()).answers).toMatchObject([{ data: { exchange: 'mx.good.test' } }]);
  });

  const post = (body: string, type = MEDIA_TYPE) => ({ method: 'POST', headers: { 'content-type': type }, body });
  test.each<[string, string, RequestInit, number]>([
    ['another path', '/resolve', {}, 404],
    ['no question', '/dns-query', {}, 400],
    ['a question that is not base64url', '/dns-query?dns=***', {}, 400],
    ['bytes that are no DNS message', '/dns-query', post('hello'), 400],
    ['a body of another type', '/dns-query', post('{}', 'application/json'), 415],
    ['a body longer than a DNS message', '/dns-query', post('x'.repeat(65_536)), 413],
    ['another method', '/dns-query', { method: 'PUT' }, 405],
  ])('the HTTP side refuses %s', async (_, path, init, status) => {
    const response = await fetch(new URL(path, server.url), init);
    await response.bytes();
    expect(response.status).toBe(status);
  });
});
