/** Dashboard, alerts and runbook, compared with the real /metrics of a node that has worked. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { OUTCOMES } from '../../shared/job.ts';
import { PROBLEMS } from '../../shared/problem.ts';
import { REPLY_CLASSES } from '../../shared/replies/classes.ts';
import { startMailServer } from '../probe-node/mail-server.ts';
import { startNodeProcess } from '../probe-node/node-process.ts';
import { jobFor } from '../probe-node/node-world.ts';
import { type Matcher, readQuery } from './promql.ts';

const MAIN = fileURLToPath(new URL('../../probe-node/main.ts', import.meta.url));
/** Labels that Prometheus adds to each series: by itself, and by the scrape example. */
const SCRAPE_LABELS = ['instance', 'job', 'region'];
/** Prometheus' own. */
const SCRAPE_METRICS = ['up'];
/** Every value that the code can give to these labels. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  class: Object.keys(REPLY_CLASSES),
  outcome: OUTCOMES,
  code: Object.keys(PROBLEMS),
};

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const panelSchema = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
});
const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  panels: z.array(panelSchema),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), query: z.union([z.string(), z.object({ query: z.string() })]) })),
  }),
});
const ruleSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.object({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.object({ summary: z.string() }),
});

const dashboard = dashboardSchema.parse(JSON.parse(read('deploy/grafana/vrfy-nodes.json')));
const rules = z
  .object({ groups: z.array(z.object({ rules: z.array(ruleSchema) })) })
  .parse(parse(read('deploy/prometheus/alerts.yml')))
  .groups.flatMap((group) => group.rules);
const targets = dashboard.panels.flatMap(({ title, targets: own }) => own.map((target) => ({ title, ...target })));

/** Values of each label of each metric that was seen. */
let seen: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

beforeAll(async () => {
  seen = readSeries(await metricsOfWork());
});

/** The metrics of a node that was accepted, refused, turned away and asked by a stranger. */
async function metricsOfWork(): Promise<string> {
  const kind = await startMailServer();
  const hostile = await startMailServer({
    greeting: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  });
  // A source rests once a provider has refused it for domains of three owners.
  const owners = ['one.test', 'two.test', 'three.test'];
  const host = 'mx.google.com';
  const routes = [`mx1.test=127.0.0.1:${kind.port}`, `${host}=127.0.0.1:${hostile.port}`];
  const settings = { PROBE_ROUTES: routes.join(',') };
  const node = await startNodeProcess({ args: [MAIN], mailPort: kind.port, settings });
  try {
    await node.probe(jobFor(['ada', 'nobody']));
    await node.probe(jobFor(['known1']));
    for (const domain of owners) {
      const recipients = [{ id: 0, address: `ada@${domain}` }];
      await node.probe({ ...jobFor([]), domain, recipients, mail_hosts: [{ host, preference: 1 }] });
    }
    await fetch(`${node.url}/v1/probe`, { method: 'POST', body: '{}' });
    return await (await fetch(`${node.url}/metrics`)).text();
  } finally {
    await node.stop();
    await kind.close();
    await hostile.close();
  }
}

function readSeries(text: string): typeof seen {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? [^ ]+$/gm)) {
    const known = found.get(name) ?? new Map<string, Set<string>>();
    for (const [, label = '', value = ''] of labels.matchAll(/([a-z_]+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
    found.set(name, known);
  }
  return found;
}

/** Parts of an expression that the node does not show; empty if it shows all of them. */
function faultsOf(expression: string, legend = ''): readonly string[] {
  const { selectors, groupings } = readQuery(expression);
  const known = (metric: string): ReadonlySet<string> =>
    new Set([...SCRAPE_LABELS, ...(SCRAPE_METRICS.includes(metric) ? [] : (seen.get(metric)?.keys() ?? []))]);
  const anywhere = new Set(selectors.flatMap(({ metric }) => [...known(metric)]));
  const shown = [...legend.matchAll(/\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}/g)].map(([, label = '']) => label);
  return [
    ...selectors
      .filter(({ metric }) => !SCRAPE_METRICS.includes(metric) && !seen.has(metric))
      .map(({ metric }) => metric),
    ...selectors.flatMap(({ metric, matchers }) =>
      matchers.filter(({ label }) => !known(metric).has(label)).map(({ label }) => `${metric}{${label}}`),
    ),
    ...selectors.flatMap(({ metric, matchers }) => matchers.flatMap((matcher) => unmatched(metric, matcher))),
    ...[...groupings, ...shown].filter((label) => !anywhere.has(label)),
  ];
}

/** Alternatives of a matcher that no value can fit. Variables of Grafana fit any. */
function unmatched(metric: string, { label, value }: Matcher): readonly string[] {
  if (SCRAPE_LABELS.includes(label) || value.startsWith('$')) return [];
  const values = VALUES[label] ?? [...(seen.get(metric)?.get(label) ?? [])];
  return value.split('|').filter((part) => !values.some((known) => new RegExp(`^(?:${part})$`).test(known)));
}

describe('the reader of queries', () => {
  test('the reader of queries takes metrics, matchers and groupings out of an expression', () => {
    expect(readQuery('sum by (a) (rate(m_total{b=~"x|y", c!="z"}[$__rate_interval])) / on (d) n')).toEqual({
      selectors: [
        {
          metric: 'm_total',
          matchers: [
            { label: 'b', op: '=~', value: 'x|y' },
            { label: 'c', op: '!=', value: 'z' },
          ],
        },
        { metric: 'n', matchers: [] },
      ],
      groupings: ['a', 'd'],
    });
    expect(() => readQuery('sum by (a (rate(')).toThrow(/is no PromQL/);
  });

  test.each([
    ['vrfy_sesions_total', ['vrfy_sesions_total']],
    ['vrfy_sessions_total{sort="new"}', ['vrfy_sessions_total{sort}', 'new']],
    ['vrfy_sessions_total{kind=~"new|used"}', ['used']],
    ['vrfy_replies_total{class="ip_bloked"}', ['ip_bloked']],
    ['sum by (provider) (vrfy_sessions_total)', ['provider']],
    ['up{job="vrfy-probe"}', []],
  ])('the reader of queries finds that %s lacks %j', (expression, lacking) => {
    expect(faultsOf(expression)).toEqual(lacking);
  });
});

describe('the dashboard', () => {
  test.each(targets)('the panel $title of the dashboard asks for existing metrics: $expr', ({ expr, legendFormat }) => {
    expect(faultsOf(expr, legendFormat)).toEqual([]);
  });

  test('the dashboard offers nodes and providers by labels that exist', () => {
    const queries = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
    const asked = queries.flatMap((query) => {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      return metric === '' ? [] : [faultsOf(`sum by (${label}) (${metric})`)];
    });
    expect(asked).toEqual([[], []]);
  });

  test('the dashboard has a panel for every metric of our own', () => {
    const own = [...read('probe-node/metrics.ts').matchAll(/'(vrfy_[a-z_]+)'/g)].map(([, name]) => name ?? '');
    const asked = new Set(
      targets.flatMap(({ expr }) => readQuery(expr).selectors.map(({ metric }) => metric.replace(/_bucket$/, ''))),
    );
    expect(own.filter((name) => name !== 'vrfy_' && !asked.has(name))).toEqual([]);
  });

  test('the dashboard has no two panels with one id, and no two that overlap', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the alerts', () => {
  test.each(rules)('the alert $alert asks for existing metrics', ({ expr, annotations }) => {
    expect(faultsOf(expr, annotations.summary)).toEqual([]);
  });

  test('the alerts each have a name of their own and a row in the runbook, which has no other', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const section = read('docs/RUNBOOK.md').split('## By alert')[1]?.split('\n## ')[0] ?? '';
    expect([...section.matchAll(/^\| `(Vrfy\w+)` \|/gm)].map(([, name]) => name)).toEqual(names);
  });

  test('the alerts are loaded by the scrape example, under the job that they name', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml'));
    expect(config.rule_files).toEqual(['alerts.yml']);
    expect(config.scrape_configs.map(({ job_name: name }: { job_name: string }) => name)).toEqual(['vrfy-probe']);
  });
});
