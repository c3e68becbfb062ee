import { describe, expect, test } from 'vitest';
import type { Env } from '../../../edge/env.ts';
import { createMailer } from '../../../edge/wiring/mailer.ts';

const MAIL = { to: 'ada@good.test', subject: 'Your key', text: 'a\n' };
const SENDER = 'keys@edge.test';
const sent = { ...MAIL, from: { name: 'vrfy', email: SENDER } };
const outboxUrl = new URL('http://127.0.0.1:8025/outbox');

const noRequest: typeof fetch = async () => Promise.reject(new Error('nothing is asked here'));

function bindingInto(mails: unknown[]): Required<Pick<Env, 'EMAIL'>> {
  return { EMAIL: { send: async (mail) => mails.push(mail) } };
}

describe('the mailer', () => {
  test('hands a message to the binding, with its sender', async () => {
    const mails: unknown[] = [];
    const mailer = createMailer(bindingInto(mails), { mailFrom: SENDER, outboxUrl: null }, noRequest);
    await mailer?.send(MAIL);
    expect(mails).toEqual([sent]);
  });

  test('rejects if the binding refuses', async () => {
    const EMAIL = { send: async () => Promise.reject(new Error('E_RECIPIENT_NOT_ALLOWED')) };
    const mailer = createMailer({ EMAIL }, { mailFrom: SENDER, outboxUrl: null }, noRequest);
    await expect(mailer?.send(MAIL)).rejects.toThrow('E_RECIPIENT_NOT_ALLOWED');
  });

  test('sends nothing out of a local system, whatever binding there is', async () => {
    const mails: unknown[] = [];
    const posted: unknown[] = [];
    let status = 201;
    const request: typeof fetch = async (url, init) => {
      posted.push([String(url), JSON.parse(String(init?.body))]);
      return new Response(null, { status });
    };
    const mailer = createMailer(bindingInto(mails), { mailFrom: SENDER, outboxUrl }, request);
    await mailer?.send(MAIL);
    expect([posted, mails]).toEqual([[[outboxUrl.href, sent]], []]);
    status = 400;
    await expect(mailer?.send(MAIL)).rejects.toThrow('400');
  });

  test('is none without a sender, or without a way to send', () => {
    expect(createMailer(bindingInto([]), { mailFrom: null, outboxUrl: null }, noRequest)).toBeNull();
    expect(createMailer(bindingInto([]), { mailFrom: null, outboxUrl }, noRequest)).toBeNull();
    expect(createMailer({}, { mailFrom: SENDER, outboxUrl: null }, noRequest)).toBeNull();
  });
});
