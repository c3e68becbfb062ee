/** The files that watch an edge from outside, compared with each other, with the runbook and with the edge. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readProjectFile } from './machine.ts';
import { readQuery } from './promql.ts';

/** What the blackbox exporter shows of a probe. */
const PROBE_METRICS = ['probe_success', 'probe_duration_seconds', 'probe_ssl_earliest_cert_expiry'];

const { scrape_configs: jobs } = z
  .object({
    scrape_configs: z.array(
      z.object({
        job_name: z.string(),
        params: z.object({ module: z.array(z.string()) }),
        static_configs: z.array(z.object({ targets: z.array(z.url()) })),
        relabel_configs: z.array(z.looseObject({})).min(3),
      }),
    ),
  })
  .parse(parse(readProjectFile('deploy/prometheus/edge.yml')));
const { modules } = z
  .object({
    modules: z.record(
      z.string(),
      z.object({ http: z.object({ fail_if_body_not_matches_regexp: z.array(z.string()) }) }),
    ),
  })
  .parse(parse(readProjectFile('deploy/prometheus/blackbox.yml')));
const rules = z
  .object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) })
  .parse(parse(readProjectFile('deploy/prometheus/edge-alerts.yml')))
  .groups.flatMap((group) => group.rules);

describe('the watch of an edge', () => {
  test.each(rules)('the alert $alert asks for a metric of a job that the example scrapes', ({ expr }) => {
    const { selectors } = readQuery(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric, matchers } of selectors) {
      expect(PROBE_METRICS).toContain(metric);
      expect(jobs.map(({ job_name: name }) => name)).toContain(matchers.find(({ label }) => label === 'job')?.value);
    }
  });

  test('the watch has a row in the runbook for each alert, and for no other', () => {
    const section = readProjectFile('docs/RUNBOOK.md').split('## By alert of the edge')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `(Vrfy\w+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(rules.map(({ alert }) => alert));
  });

  test('the watch has a module for each job', () => {
    expect(jobs.flatMap(({ params }) => params.module)).toEqual(Object.keys(modules));
  });

  test.each([
    ['vrfy_health', '{"status":"ok"}', true],
    ['vrfy_health', '{"type":"urn:vrfy:problem:misconfigured"}', false],
    ['vrfy_verdict', '{"email":"a@b.example","verdict":"deliverable","reason":"accepted"}', true],
    ['vrfy_verdict', '{"email":"a@b.example","verdict":"unknown","reason":"no_node"}', false],
  ])('the watch by %s takes %s as %s', (name, body, isFine) => {
    const patterns = modules[name]?.http.fail_if_body_not_matches_regexp ?? [];
    expect(patterns.every((pattern) => new RegExp(pattern).test(body))).toBe(isFine);
  });
});
