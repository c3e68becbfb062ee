/**
 * The webhook secret of a key: one that signs, and for a day the one before it, so that a receiver can change over without
 * missing a message. Pure; records.ts stores them sealed.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

/** Milliseconds for which the secret before goes on signing. */
const OVERLAP_MS = 86_400_000;

const webhookSecretsSchema = z.object({
  current: z.string(),
  previous: z.object({ secret: z.string(), until_ms: z.int() }).nullable(),
});

export type WebhookSecrets = z.infer<typeof webhookSecretsSchema>;

/** The secrets after a new one was made. Of two changes within a day only the last secret before is kept. */
export function withNewSecret(before: WebhookSecrets | null, secret: string, nowMs: number): WebhookSecrets {
  const previous = before === null ? null : { secret: before.current, until_ms: nowMs + OVERLAP_MS };
  return { current: secret, previous };
}

/** The secrets that sign now, the newest first. */
export function signingSecretsOf({ current, previous }: WebhookSecrets, nowMs: number): readonly string[] {
  return previous === null || previous.until_ms <= nowMs ? [current] : [current, previous.secret];
}

export function readWebhookSecrets(text: string): WebhookSecrets | null {
  return parseJson(webhookSecretsSchema, text);
}
