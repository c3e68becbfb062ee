/**
 * The world of the simulation: three regions, their nodes, and the domains of the questions. Everything is drawn from
 * one seed; shares and distances are round estimates, close to lists of addresses and ping tables.
 */
import type { ProbeNode } from '../../edge/nodes/registry/roster.ts';
import type { Chance } from './chance.ts';

/** Regions with their share of the questions and of the firms, and the hour of their busiest time. */
export const REGIONS = [
  { id: 'eu-central', continent: 'EU', share: 0.45, busiestHour: 12 },
  { id: 'us-east', continent: 'NA', share: 0.35, busiestHour: 18 },
  { id: 'ap-south', continent: 'AS', share: 0.2, busiestHour: 5 },
] as const;
export type Region = (typeof REGIONS)[number];

/** Networks over which the nodes of a region are spread. */
const NETWORKS = 6;

/** Round trip within a region, and between two. */
const INSIDE_MS = 8;
const BETWEEN_MS: Readonly<Record<string, number>> = {
  'eu-central us-east': 90,
  'us-east ap-south': 190,
  'eu-central ap-south': 150,
};

/** Mail providers with domains of their own: share of all questions, and location of their servers. */
const FREE_MAIL = [
  { provider: 'google', domain: 'gmail.com', share: 0.26, at: null },
  { provider: 'yahoo', domain: 'yahoo.com', share: 0.07, at: null },
  { provider: 'outlook', domain: 'hotmail.com', share: 0.07, at: null },
  { provider: 'outlook', domain: 'outlook.com', share: 0.05, at: null },
  { provider: 'icloud', domain: 'icloud.com', share: 0.03, at: 'us-east' },
  { provider: 'web-de', domain: 'web.de', share: 0.02, at: 'eu-central' },
  { provider: 'gmx', domain: 'gmx.de', share: 0.02, at: 'eu-central' },
  { provider: 'netease', domain: '163.com', share: 0.02, at: 'ap-south' },
  { provider: 'comcast', domain: 'comcast.net', share: 0.01, at: 'us-east' },
] as const;

/** Mail operators of firms; null means the firm itself. `sharesHost`: one mail host for all customers. */
const HOSTS = [
  { provider: 'microsoft365', share: 0.34, isEverywhere: false, sharesHost: false },
  { provider: 'google', share: 0.25, isEverywhere: true, sharesHost: true },
  { provider: 'ovh', share: 0.06, isEverywhere: false, sharesHost: true },
  { provider: 'proofpoint', share: 0.05, isEverywhere: false, sharesHost: false },
  { provider: null, share: 0.3, isEverywhere: false, sharesHost: false },
] as const;

/**
 * Number of firms, and popularity by rank: Zipf and Mandelbrot; the first gets one question in 2,400. The spread of
 * load depends on this: a firm's domain is never split, so with an offset of 60 the largest firm is a quarter of a
 * node's load.
 */
const FIRMS = 40_000;
const FIRM_OFFSET = 200;
const GREYLISTING_SHARE = 0.1;
export const FIRMS_SHARE = 1 - FREE_MAIL.reduce((sum, { share }) => sum + share, 0);

export type Domain = {
  readonly name: string;
  readonly provider: string;
  readonly host: string;
  /** Region of the mail servers; null if they are close to every region. */
  readonly at: string | null;
  /** Region of most of the questions about it; null if they come from everywhere. */
  readonly home: Region | null;
  readonly isGreylisting: boolean;
};

/** Share of all questions by provider; those about firms with servers of their own are `null`. */
export function providerShares(): ReadonlyMap<string | null, number> {
  const shares = new Map<string | null, number>();
  const add = (provider: string | null, share: number): void => {
    shares.set(provider, (shares.get(provider) ?? 0) + share);
  };
  for (const { provider, share } of FREE_MAIL) add(provider, share);
  for (const { provider, share } of HOSTS) add(provider, share * FIRMS_SHARE);
  return shares;
}

/** Share of all questions that meet a greylisting server. */
export function greylistedShare(): number {
  return (providerShares().get(null) ?? 0) * GREYLISTING_SHARE;
}

export type World = {
  readonly nodes: readonly ProbeNode[];
  readonly drawDomain: (chance: Chance) => Domain;
};

/** Milliseconds of a round trip. */
export function distanceMs(from: string, to: string | null): number {
  if (to === null || from === to) return INSIDE_MS;
  return BETWEEN_MS[`${from} ${to}`] ?? BETWEEN_MS[`${to} ${from}`] ?? 0;
}

export function createWorld(chance: Chance, nodeCount: number): World {
  const freeMail = FREE_MAIL.map(({ share, domain, provider, at }) => {
    const host = `mx.${domain}`;
    return { share, domain: { name: domain, provider, host, at, home: null, isGreylisting: false } };
  });
  const firms = Array.from({ length: FIRMS }, (_, rank) => firm(chance, rank));
  const drawFirm = (of: Chance): Domain => {
    // The inverse of the distribution, with ranks taken as continuous.
    const rank = Math.floor(FIRM_OFFSET * ((FIRMS + FIRM_OFFSET) / FIRM_OFFSET) ** of.next() - FIRM_OFFSET);
    return firms[Math.min(FIRMS - 1, rank)] ?? firm(of, rank);
  };
  return {
    nodes: Array.from({ length: nodeCount }, (_, index) => node(index)),
    drawDomain: (of) => (of.next() < FIRMS_SHARE ? drawFirm(of) : of.pick(freeMail).domain),
  };
}

function firm(chance: Chance, rank: number): Domain {
  const name = `firm${rank}.example`;
  const home = chance.pick(REGIONS);
  const { provider, isEverywhere, sharesHost } = chance.pick(HOSTS);
  const host = sharesHost ? `mx.${provider}.example` : `mx.${name}`;
  const isGreylisting = provider === null && chance.next() < GREYLISTING_SHARE;
  return { name, provider: provider ?? host, host, at: isEverywhere ? null : home.id, home, isGreylisting };
}

function node(index: number): ProbeNode {
  const region = REGIONS[index % REGIONS.length]?.id ?? '';
  const id = `${region}-${index}`;
  return {
    id,
    url: new URL(`https://${id}.nodes.example`),
    region,
    network: `${region}-net-${Math.floor(index / REGIONS.length) % NETWORKS}`,
    state: 'active',
    capacity: 1_000,
    runningJobs: 0,
    key: null,
    standings: new Map(),
  };
}
