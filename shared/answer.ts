/**
 * The answer of `/v1/verify` (one schema for code, OpenAPI document and command line).
 *
 * Names are fixed; JSON is snake_case on the wire. Every verdict is HTTP 200.
 */
import * as z from 'zod';
import { once } from './once.ts';
import { STAGES } from './replies/reply.ts';
import { REASON_NAMES, VERDICTS } from './verdict.ts';

// Shared on purpose: each schema costs a Worker microseconds at start-up.
const text = z.string();
const textOrNull = text.nullable();
const flag = z.boolean();
const integer = z.int();

export const mailHostsSchema = z.object({
  provider: textOrNull.meta({ description: 'Known provider behind the mail hosts' }),
  hosts: z.array(z.object({ host: text, preference: integer })),
  implicit: flag.meta({ description: 'True where the domain has no MX and its address record stands in' }),
  dnssec: flag.default(false).meta({ description: 'True where DNSSEC vouches for the MX records (AD bit)' }),
});

export const smtpSchema = z.object({
  host: textOrNull,
  ip: textOrNull,
  stage: z.enum(STAGES),
  code: integer.nullable(),
  enhanced: textOrNull,
  text: textOrNull,
  tls: flag,
  node: text,
  region: text,
  rule: textOrNull.meta({ description: 'Rule that classified the reply' }),
});

export const answerSchema = once(() =>
  z
    .object({
      email: text.meta({ description: 'As it was given' }),
      address: text.meta({ description: 'Normalised: trimmed, domain in lower-case A-labels' }),
      canonical: text.meta({ description: 'Equal for addresses of one mailbox' }),
      verdict: z.enum(VERDICTS),
      reason: z.enum(REASON_NAMES),
      detail: text.meta({ description: 'One sentence for a person' }),
      did_you_mean: textOrNull,
      flags: z.object({
        disposable: flag,
        role: flag,
        free: flag,
        alias: flag,
        catch_all: flag.nullable(),
        mailbox_full: flag.nullable(),
      }),
      mx: mailHostsSchema.nullable(),
      smtp: smtpSchema.nullable(),
      second_opinion: z
        .object({ reason: z.enum(REASON_NAMES), smtp: smtpSchema })
        .nullable()
        .meta({
          description: 'What another node was told, where the first was refused; the more telling answer is above',
        }),
      retry_after: integer.nullable().meta({ description: 'Seconds after which asking again is worthwhile' }),
      checked_at: z.iso.datetime(),
      cached: flag,
      token: text.optional().meta({
        description:
          'Result token: a JWS of this verdict for the server of a form; with a publishable key, or if asked for',
      }),
      steps: z.array(
        z.object({
          step: text,
          outcome: z.enum(['pass', 'found', 'stop', 'fail', 'skipped']),
          ms: z.number(),
        }),
      ),
    })
    .meta({ description: 'What is known of one address' }),
);

export type Answer = z.infer<ReturnType<typeof answerSchema>>;
export type StepReport = Answer['steps'][number];
