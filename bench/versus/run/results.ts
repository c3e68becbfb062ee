/** What one run measured: raw outcomes, from which every table is computed. Stored in bench/versus/results.json. */
import * as z from 'zod';
import { VERDICTS } from '../../../shared/verdict.ts';

/** Verdicts by the id of the question; null: none came in time, or the peer broke. */
const verdictsSchema = z.record(z.string(), z.enum(VERDICTS).nullable());

const conductSchema = z.object({
  /** Servers, by id, towards which the peer did so in at least one session. */
  spoke_early: z.array(z.string()),
  out_of_turn: z.array(z.string()),
  sent_data: z.array(z.string()),
  /** Connections to the asker's own machine. */
  own_machine: z.number().int(),
});

/** Samples of one figure. */
const samplesSchema = z.array(z.number());

export const CASES = ['existing', 'unknown', 'catch_all', 'existing_again'] as const;

const costSchema = z.object({
  /** Round trips to the verdict, one sample a pair of a near and a far question. */
  round_trips: z.record(z.enum(CASES), samplesSchema),
  /** Connections for a hundred addresses of one domain, asked ten at a time, a sample a domain. */
  connections: samplesSchema,
  /** Addresses a second, over many domains, a sample a run. */
  per_second: samplesSchema,
});

export const partSchemas = {
  honesty: z.object({ verdicts: verdictsSchema }),
  behaviour: z.object({ verdicts: verdictsSchema, ...conductSchema.shape, seconds: z.record(z.string(), z.number()) }),
  cost: costSchema,
} as const;

export const PARTS = ['honesty', 'behaviour', 'cost'] as const;
export type Part = (typeof PARTS)[number];

export const resultsSchema = z.object({
  recorded_on: z.iso.date(),
  machine: z.string(),
  /** Load average over a minute before the run: of other work on the machine. */
  load_before: z.number(),
  seconds: z.number(),
  peers: z.array(
    z.object({
      id: z.string(),
      version: z.string(),
      honesty: partSchemas.honesty.nullable(),
      behaviour: partSchemas.behaviour.nullable(),
      cost: partSchemas.cost.nullable(),
    }),
  ),
});

export type Honesty = z.infer<typeof partSchemas.honesty>;
export type Behaviour = z.infer<typeof partSchemas.behaviour>;
export type Cost = z.infer<typeof costSchema>;
export type Results = z.infer<typeof resultsSchema>;
export type PeerResults = Results['peers'][number];
