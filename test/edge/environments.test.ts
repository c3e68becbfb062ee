import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';
import * as z from 'zod';

const FILE = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const ENVIRONMENTS = ['staging', 'production'] as const;

/** As wrangler reads it: with the values that an environment inherits and without those that it does not. */
const read = (env?: string): object =>
  readConfig(env === undefined ? { config: FILE } : { config: FILE, env }, { hideWarnings: true });

/** The resources of an environment itself: their kinds are compared, not their names. */
const OWN = /^(?:queue|dead_letter_queue|bucket_name|database_name|(?:preview_|namespace_|database_)?id)$/;
/**
 * Ids are written into the file when the resource is made; domain and mail sender are the operator's own; the other field says
 * which environment was read.
 */
const NOT_COMPARED = /^(?:(?:preview_|database_)?id|routes|send_email|vars|targetEnvironment)$/;

const nameOf = (config: object): string => ('name' in config ? String(config.name) : '');

const queuesSchema = z.object({
  queues: z.object({
    consumers: z.array(
      z.object({
        queue: z.string(),
        dead_letter_queue: z.string(),
        max_batch_size: z.number(),
        max_concurrency: z.number(),
      }),
    ),
  }),
});

/** A twentieth of the 4,000 jobs that one node takes: rechecks must not be what forms wait for. */
const RECHECKS_AT_ONCE_MAX = 200;

/** The configuration with the names of resources blotted out. Bindings and classes keep theirs: the code uses them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !NOT_COMPARED.test(key));
  return Object.fromEntries(entries.map(([key, entry]) => [key, OWN.test(key) ? '*' : shapeOf(entry)]));
}

/** The names of resources, each once. */
function resourcesOf(value: unknown): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const own = Object.entries(value).flatMap(([key, entry]) =>
    OWN.test(key) ? String(entry) : [...resourcesOf(entry)],
  );
  return new Set(own);
}

describe('wrangler.toml', () => {
  test('wrangler.toml has these environments', () => {
    expect(read()).toMatchObject({ definedEnvironments: ENVIRONMENTS });
  });

  test.each(ENVIRONMENTS)(
    'wrangler.toml gives %s every binding, queue, trigger and variable of the top level',
    (env) => {
      expect(shapeOf({ ...read(env), name: '*' })).toEqual(shapeOf({ ...read(), name: '*' }));
    },
  );

  test('a binding that an environment lacks shows in its shape', () => {
    expect(shapeOf({ ...read(), kv_namespaces: [] })).not.toEqual(shapeOf(read()));
    const objects = (name: string) => shapeOf({ bindings: [{ name, class_name: 'Registry' }] });
    expect(objects('REGISTRY')).not.toEqual(objects('OTHER'));
  });

  test.each(ENVIRONMENTS)('wrangler.toml leaves the worker of %s on its custom domain alone', (env) => {
    expect(read(env)).toMatchObject({ workers_dev: false, preview_urls: false });
  });

  test('no two environments share a worker, a namespace or a queue', () => {
    const all = [read(), ...ENVIRONMENTS.map(read)].flatMap((config) => [nameOf(config), ...resourcesOf(config)]);
    expect(all).toEqual(expect.arrayContaining(['vrfy-edge', 'vrfy-edge-production', 'vrfy-rechecks-staging']));
    expect(new Set(all).size).toBe(all.length);
  });

  test.each([undefined, ...ENVIRONMENTS])(
    'every queue consumer of %s bounds what runs at once, and keeps the messages that it gave up in a queue of their own',
    (env) => {
      const { queues } = queuesSchema.parse(read(env));
      expect(queues.consumers).not.toEqual([]);
      for (const { queue, dead_letter_queue, max_batch_size, max_concurrency } of queues.consumers) {
        expect(dead_letter_queue).toBe(`${queue}-dead`);
        expect(max_batch_size * max_concurrency).toBeLessThanOrEqual(RECHECKS_AT_ONCE_MAX);
        expect(queues.consumers.some((other) => other.queue === dead_letter_queue)).toBe(false);
      }
    },
  );

  test('wrangler.toml contains no secret', () => {
    expect(readFileSync(FILE, 'utf8')).not.toMatch(/PROBE_SIGNING_KEY|CACHE_KEY|ADMIN_TOKEN/);
  });
});
