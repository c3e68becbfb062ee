/**
 * Parses the process environment into one checked value, or throws a SettingsError that names every bad variable and
 * its expected form. No other part of the node reads the environment.
 */
import * as z from 'zod';
import { parseAddress } from '../shared/address.ts';
import { JOIN_TOKEN, type Membership, NODE_NAME } from '../shared/enrolment.ts';
import type { Routes } from './flow/resolve.ts';
import type { Source } from './memory/sources.ts';
import { type Network, parseNetworks } from './smtp/public-ip.ts';

/** All faults of the environment, one line per variable. */
export class SettingsError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'SettingsError';
  }
}

export type NodeSettings = {
  readonly id: string;
  /** The edge decides it when the node joins; until then the node's own claim. */
  readonly region: string;
  readonly regionWanted: string | null;
  /** Folder for state that outlasts a restart: the key, the membership, the used tokens. */
  readonly stateFolder: string;
  /** One-time join token; not needed once the node has joined. */
  readonly token: string | null;
  /** URL at which the edge reaches the node; null if it is the listening address. */
  readonly url: URL | null;
  readonly listen: { readonly host: string; readonly port: number };
  /** Base URL of the edge that the node takes jobs from. */
  readonly edge: URL;
  /** Sender in MAIL FROM; null for `verify@` the EHLO name of the source, empty for the null sender. */
  readonly mailFrom: string | null;
  /** Source addresses of SMTP connections, each with its EHLO name; at least one. */
  readonly sources: readonly Source[];
  readonly dnsServers: readonly string[];
  readonly smtpPort: number;
  readonly allowedNetworks: readonly Network[];
  readonly routes: Routes;
  /** False for measurements only: no pacing per provider. */
  readonly isPaced: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** `auto`: the doctor examines the node unless its mail servers are a laboratory's (doctor/doctor.ts). */
  readonly doctor: 'auto' | 'on' | 'off';
};

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const IP_AND_PORT = /^(?:(?<v4>[0-9.]+)|\[(?<v6>[0-9a-f:]+)\])(?::(?<port>[0-9]{1,5}))?$/i;

/** Default of PROBE_STATE, relative to the folder that the node is started in. */
const STATE_DEFAULT = '.vrfy-node';
const REGION_DEFAULT = 'local';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const hostName = z
  .string({ error: 'is missing; it must be a host name such as probe1.example.com' })
  .regex(HOST_NAME, 'must be a host name such as probe1.example.com');
const port = z.coerce
  .number('must be a port')
  .int('must be a port')
  .min(1, 'must be a port')
  .max(65_535, 'must be a port');

const environment = z.object({
  PROBE_ID: z.string().regex(NODE_NAME, 'must be lower-case letters, digits and hyphens').optional(),
  PROBE_REGION: z.string().regex(NODE_NAME, 'must be a name such as eu-central').optional(),
  PROBE_STATE: z.string().min(1, 'must be a folder').default(STATE_DEFAULT),
  PROBE_TOKEN: z.string().regex(JOIN_TOKEN, 'must be a join token; make one with: vrfy nodes token REGION').optional(),
  PROBE_URL: z
    .url({ protocol: /^https?$/, error: 'must be the URL at which the edge reaches this node' })
    .transform((url) => new URL(url))
    .optional(),
  PROBE_LISTEN: z.string().default('127.0.0.1:8788').transform(listenAddress),
  PROBE_EDGE: z
    .url({ protocol: /^https?$/, error: 'is missing or not a URL; it must be the URL of the edge' })
    .transform((url) => new URL(url)),
  PROBE_HELO: hostName,
  PROBE_MAIL_FROM: z.string().transform(sender).optional(),
  PROBE_SOURCE_IPS: z.string().default('').transform(sourceIps),
  PROBE_DNS: z.string().default('').transform(dnsServers),
  PROBE_SMTP_PORT: port.default(25),
  PROBE_ALLOW_NETWORKS: z.string().default('').transform(networks),
  PROBE_ROUTES: z.string().default('').transform(routes),
  PROBE_PACE: z.enum(['on', 'off'], 'must be on or off').default('on'),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  PROBE_TLS_CERT: z.string().min(1).optional(),
  PROBE_TLS_KEY: z.string().min(1).optional(),
  PROBE_DOCTOR: z.enum(['auto', 'on', 'off'], 'must be auto, on or off').default('auto'),
});

type Environment = Readonly<Record<string, string | undefined>>;
type Issues = z.core.$RefinementCtx;

/** The state folder, which is read before the other settings. */
export function stateFolderOf(env: Environment): string {
  return env['PROBE_STATE'] || STATE_DEFAULT;
}

/**
 * Variables that a node keeps once it has joined: all of its own, except those that joining used up and that locate the
 * state.
 */
export function settingsToKeep(env: Environment): Readonly<Record<string, string>> {
  const kept = Object.keys(environment.shape).filter(
    (name) => name.startsWith('PROBE_') && name !== 'PROBE_TOKEN' && name !== 'PROBE_STATE',
  );
  return Object.fromEntries(
    kept.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
  );
}

/** @param membership of a node that has joined already; it decides the name and the region */
export function parseNodeSettings(env: Environment, membership: Membership | null = null): NodeSettings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  const { data } = parsed;
  if ((data.PROBE_TLS_CERT === undefined) !== (data.PROBE_TLS_KEY === undefined)) {
    throw new SettingsError(['PROBE_TLS_CERT and PROBE_TLS_KEY: set both or neither']);
  }
  const sources: readonly Source[] = data.PROBE_SOURCE_IPS;
  const { PROBE_ID: id, PROBE_REGION: region } = data;
  refuseOtherMember({ id, region }, membership);
  return {
    id: membership?.id ?? id ?? idOf(data.PROBE_HELO),
    region: membership?.region ?? region ?? REGION_DEFAULT,
    regionWanted: region ?? null,
    stateFolder: data.PROBE_STATE,
    token: data.PROBE_TOKEN ?? null,
    url: data.PROBE_URL ?? null,
    listen: data.PROBE_LISTEN,
    edge: data.PROBE_EDGE,
    mailFrom: data.PROBE_MAIL_FROM ?? null,
    sources: sources.length > 0 ? sources : [{ ip: null, heloName: data.PROBE_HELO }],
    dnsServers: data.PROBE_DNS,
    smtpPort: data.PROBE_SMTP_PORT,
    allowedNetworks: data.PROBE_ALLOW_NETWORKS,
    routes: data.PROBE_ROUTES,
    isPaced: data.PROBE_PACE === 'on',
    logLevel: data.LOG_LEVEL,
    tls:
      data.PROBE_TLS_CERT === undefined || data.PROBE_TLS_KEY === undefined
        ? null
        : { certFile: data.PROBE_TLS_CERT, keyFile: data.PROBE_TLS_KEY },
    doctor: data.PROBE_DOCTOR,
  };
}

/** A state folder belongs to one node: under a changed name it would be another node with the same key. */
function refuseOtherMember(
  wanted: { readonly id: string | undefined; readonly region: string | undefined },
  membership: Membership | null,
): void {
  if (membership === null) return;
  const lines = (['id', 'region'] as const)
    .filter((name) => wanted[name] !== undefined && wanted[name] !== membership[name])
    .map((name) => `PROBE_${name.toUpperCase()}: the state folder belongs to ${membership[name]}; use another folder`);
  if (lines.length > 0) throw new SettingsError(lines);
}

/** Default id, derived from the EHLO name, which is unique too. */
function idOf(heloName: string): string {
  return heloName.toLowerCase().replaceAll('.', '-').slice(0, 64);
}

function entriesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function fault(issues: Issues, input: string, message: string): never {
  issues.addIssue({ code: 'custom', message: `${input}: ${message}`, input });
  return z.NEVER;
}

function listenAddress(value: string, issues: Issues): NodeSettings['listen'] {
  const match = /^(.+):([0-9]{1,5})$/.exec(value);
  const number = Number(match?.[2]);
  if (match?.[1] === undefined || number > 65_535) return fault(issues, value, 'must be host:port');
  return { host: match[1].replace(/^\[(.*)\]$/, '$1'), port: number };
}

function dnsServers(value: string, issues: Issues): readonly string[] {
  const entries = entriesOf(value);
  const bad = entries.find((entry) => readEndpoint(entry) === null);
  return bad === undefined ? entries : fault(issues, bad, 'must be ip:port, an IPv6 address in brackets');
}

/** `ip`, `ip:port` or `[ipv6]:port`; port 0 if none is named. */
function readEndpoint(entry: string): { readonly ip: string; readonly port: number } | null {
  const groups = IP_AND_PORT.exec(entry)?.groups;
  const ip = groups?.['v4'] ?? groups?.['v6'] ?? '';
  const number = Number(groups?.['port'] ?? 0);
  return isIp(ip) && number <= 65_535 ? { ip, port: number } : null;
}

function isIp(text: string): boolean {
  return z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
}

function networks(value: string, issues: Issues): readonly Network[] {
  try {
    return parseNetworks(value);
  } catch (error) {
    return fault(issues, value, error instanceof Error ? error.message : 'must be a list of networks');
  }
}

/** Normalised like any address; one that needs SMTPUTF8 would shut us out of most servers. */
function sender(value: string, issues: Issues): string {
  if (value.trim() === '') return '';
  const parsed = parseAddress(value);
  if (parsed.ok && !parsed.address.needsSmtputf8) return parsed.address.address;
  return fault(issues, value, 'must be an ASCII address, or empty for the null sender');
}

function sourceIps(value: string, issues: Issues): readonly Source[] {
  return entriesOf(value).map((entry) => {
    const [ip = '', heloName = ''] = entry.split('=');
    if (!isIp(ip) || !HOST_NAME.test(heloName)) return fault(issues, entry, 'must be ip=helo-name');
    return { ip, heloName };
  });
}

function routes(value: string, issues: Issues): Routes {
  return new Map(
    entriesOf(value).map((entry) => {
      const [host = '', endpoint = ''] = entry.split('=');
      const read = readEndpoint(endpoint);
      if (read === null || read.port === 0) return fault(issues, entry, 'must be host=ip:port');
      return [host.toLowerCase(), read];
    }),
  );
}
