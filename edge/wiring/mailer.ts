/**
 * How the edge sends mail: by Cloudflare's `send_email` binding, or into the outbox of `npm start`. Null without one of
 * them, or without a sender.
 */
import type { EdgeSettings, Env } from '../env.ts';
import type { KeyMailer } from '../keys/key-mail.ts';

const SENDER_NAME = 'vrfy';

export function createMailer(
  { EMAIL }: Pick<Env, 'EMAIL'>,
  { mailFrom, outboxUrl }: Pick<EdgeSettings, 'mailFrom' | 'outboxUrl'>,
  request: typeof fetch,
): KeyMailer | null {
  if (mailFrom === null) return null;
  if (outboxUrl !== null) {
    return {
      async send(mail) {
        const body = JSON.stringify({ ...mail, from: { name: SENDER_NAME, email: mailFrom } });
        const { status } = await request(outboxUrl, { method: 'POST', body });
        if (status !== 201) throw new Error(`the outbox answered ${status}`);
      },
    };
  }
  if (EMAIL === undefined) return null;
  return {
    async send(mail) {
      await EMAIL.send({ ...mail, from: { name: SENDER_NAME, email: mailFrom } });
    },
  };
}
