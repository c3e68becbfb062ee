/**
 * The answer of `/v1/verify` as the outside sees it (one schema for code, OpenAPI document and command line).
 *
 * Names are fixed; JSON is snake_case on the wire. Every verdict is HTTP 200.
 */
import * as z from 'zod';
import { STAGES } from './replies/reply.ts';
import { REASON_NAMES, VERDICTS } from './verdict.ts';

export const mailHostsSchema = z.object({
  provider: z.string().nullable().meta({ description: 'Known provider behind the mail hosts' }),
  hosts: z.array(z.object({ host: z.string(), preference: z.int() })),
  implicit: z.boolean().meta({ description: 'True where the domain has no MX and its address record stands in' }),
  dnssec: z.boolean().default(false).meta({ description: 'True where DNSSEC vouches for the MX records (AD bit)' }),
});

export const smtpSchema = z.object({
  host: z.string().nullable(),
  ip: z.string().nullable(),
  stage: z.enum(STAGES),
  code: z.int().nullable(),
  enhanced: z.string().nullable(),
  text: z.string().nullable(),
  tls: z.boolean(),
  node: z.string(),
  region: z.string(),
  rule: z.string().nullable().meta({ description: 'Rule that classified the reply' }),
});

export const answerSchema = z
  .object({
    email: z.string().meta({ description: 'As it was given' }),
    address: z.string().meta({ description: 'Normalised: trimmed, domain in lower-case A-labels' }),
    canonical: z.string().meta({ description: 'Equal for addresses of one mailbox' }),
    verdict: z.enum(VERDICTS),
    reason: z.enum(REASON_NAMES),
    detail: z.string().meta({ description: 'One sentence for a person' }),
    did_you_mean: z.string().nullable(),
    flags: z.object({
      disposable: z.boolean(),
      role: z.boolean(),
      free: z.boolean(),
      alias: z.boolean(),
      catch_all: z.boolean().nullable(),
      mailbox_full: z.boolean().nullable(),
    }),
    mx: mailHostsSchema.nullable(),
    smtp: smtpSchema.nullable(),
    second_opinion: z
      .object({ reason: z.enum(REASON_NAMES), smtp: smtpSchema })
      .nullable()
      .meta({
        description: 'What another node was told, where the first was refused; the more telling answer is above',
      }),
    retry_after: z.int().nullable().meta({ description: 'Seconds after which asking again is worthwhile' }),
    checked_at: z.iso.datetime(),
    cached: z.boolean(),
    steps: z.array(
      z.object({
        step: z.string(),
        outcome: z.enum(['pass', 'found', 'stop', 'fail', 'skipped']),
        ms: z.number(),
      }),
    ),
  })
  .meta({ description: 'What is known of one address' });

export type Answer = z.infer<typeof answerSchema>;
export type StepReport = Answer['steps'][number];
