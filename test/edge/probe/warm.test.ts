import { describe, expect, test } from 'vitest';
import { warm } from '../../../edge/probe/warm.ts';
import { probeJobSchema } from '../../../shared/job.ts';
import { PROVIDERS } from '../../../shared/providers.ts';
import { createWorld, mxTo, NODATA, type WorldSettings } from '../small-world.ts';

/** Mail host of a provider that accepts every RCPT, its customers' domains as well. */
const ACCEPTS_ALL_MX = `mx.${PROVIDERS.find(({ rcptHosted }) => rcptHosted === 'accepts_all')?.mx[0]}`;

describe('warming a domain', () => {
  test('warming a domain sends a node its mail hosts and no recipient', async () => {
    const world = await createWorld({ zone: { 'firm.example MX': mxTo('mx1.firm.example', 'mx2.firm.example') } });
    await warm('firm.example', world.ports);
    expect(world.warmed).toEqual([
      {
        version: 1,
        domain: 'firm.example',
        provider: null,
        mail_hosts: [
          { host: 'mx1.firm.example', preference: 0 },
          { host: 'mx2.firm.example', preference: 1 },
        ],
        recipients: [],
        catch_all: 'skip',
        deadline_ms: 10_000,
      },
    ]);
    expect(world.warmed.map((job) => probeJobSchema().parse(job))).toEqual(world.warmed);
    expect(world.jobs).toEqual([]);
  });

  test('warming a domain names the provider, so that the node keeps to its pace', async () => {
    const world = await createWorld({ zone: { 'gmail.com MX': mxTo('gmail-smtp-in.l.google.com') } });
    await warm('gmail.com', world.ports);
    expect(world.warmed.map(({ provider }) => provider)).toEqual(['google']);
  });

  test('warming a domain falls back to the address of the domain if it has no MX', async () => {
    const zone = { 'firm.example MX': NODATA, 'firm.example A': { ...mxTo(), addresses: ['192.0.2.1'] } };
    const world = await createWorld({ zone });
    await warm('firm.example', world.ports);
    expect(world.warmed.map(({ mail_hosts }) => mail_hosts)).toEqual([[{ host: 'firm.example', preference: 0 }]]);
  });

  test('warming a domain leaves the DNS answers cached: the verify soon after asks the same question', async () => {
    const world = await createWorld();
    await warm('firm.example', world.ports);
    expect(world.queries).toEqual(['firm.example MX']);
  });

  test('warming a domain remembers nothing', async () => {
    const world = await createWorld();
    await warm('firm.example', world.ports);
    await world.settle();
    expect(world.store.entries.size).toBe(0);
  });
});

describe('no session is opened', () => {
  test('no session is opened for a disposable domain, which is not even looked up', async () => {
    const world = await createWorld({ disposable: ['firm.example'] });
    await warm('firm.example', world.ports);
    expect([world.queries, world.warmed]).toEqual([[], []]);
  });

  test.each<[string, WorldSettings]>([
    ['with mail hosts of a disposable provider', { zone: { 'firm.example MX': mxTo('mx.mailinator.com') } }],
    ['of a provider that accepts everybody', { zone: { 'firm.example MX': mxTo(ACCEPTS_ALL_MX) } }],
    ['that does not exist', { zone: { 'firm.example MX': { kind: 'nxdomain' } } }],
    ['that takes no mail', { zone: { 'firm.example MX': mxTo('.') } }],
    ['that cannot be looked up', { zone: { 'firm.example MX': { kind: 'failure', fault: 'servfail' } } }],
  ])('no session is opened for a domain %s', async (_, settings) => {
    const world = await createWorld(settings);
    await warm('firm.example', world.ports);
    expect(world.warmed).toEqual([]);
  });
});
