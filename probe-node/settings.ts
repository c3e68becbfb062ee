/**
 * The node's settings: the process environment in, one checked value out, or a SettingsError that names every bad
 * variable and what it should look like. Nothing else of the node reads the environment.
 */
import { z } from 'zod';
import { parseAddress } from '../shared/address.ts';
import type { Source } from './memory/sources.ts';
import type { Routes } from './resolve.ts';
import { type Network, parseNetworks } from './smtp/public-ip.ts';

/** All that is wrong with the environment, one line a variable. */
export class SettingsError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'SettingsError';
  }
}

export type Settings = {
  readonly id: string;
  readonly region: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Base URL of the edge whose jobs are taken. */
  readonly edge: URL;
  /** Sender in MAIL FROM; null for `verify@` the EHLO name of the source, empty for the null sender. */
  readonly mailFrom: string | null;
  /** Addresses that SMTP connections come from, each with its EHLO name; at least one. */
  readonly sources: readonly Source[];
  readonly dnsServers: readonly string[];
  readonly smtpPort: number;
  readonly allowedNetworks: readonly Network[];
  readonly routes: Routes;
  /** False for measurements only: no pacing per provider. */
  readonly isPaced: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Folder that outlives the process; null where nothing does. */
  readonly stateFolder: string | null;
  /** How the edge reaches this node; null where only its operator knows. */
  readonly url: URL | null;
  /** `auto`: examined unless the mail servers are a laboratory's (doctor/doctor.ts). */
  readonly doctor: 'auto' | 'on' | 'off';
};

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const IP_AND_PORT = /^(?:(?<v4>[0-9.]+)|\[(?<v6>[0-9a-f:]+)\])(?::(?<port>[0-9]{1,5}))?$/i;

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
  PROBE_ID: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be lower-case letters, digits and hyphens')
    .default('probe'),
  PROBE_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be a name such as eu-central')
    .default('local'),
  PROBE_LISTEN: z.string().default('127.0.0.1:8788').transform(listenAddress),
  PROBE_EDGE: z
    .url({ protocol: /^https?$/, error: 'is missing or no URL; it must be the URL of the edge' })
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
  PROBE_STATE: z.string().min(1).optional(),
  PROBE_URL: z
    .url({ protocol: /^https?$/, error: 'must be the URL at which the edge reaches this node' })
    .transform((url) => new URL(url))
    .optional(),
  PROBE_DOCTOR: z.enum(['auto', 'on', 'off'], 'must be auto, on or off').default('auto'),
});

type Environment = Readonly<Record<string, string | undefined>>;
type Issues = z.core.$RefinementCtx;

export function parseSettings(env: Environment): Settings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  const { data } = parsed;
  if ((data.PROBE_TLS_CERT === undefined) !== (data.PROBE_TLS_KEY === undefined)) {
    throw new SettingsError(['PROBE_TLS_CERT and PROBE_TLS_KEY: one is of no use without the other']);
  }
  const sources: readonly Source[] = data.PROBE_SOURCE_IPS;
  return {
    id: data.PROBE_ID,
    region: data.PROBE_REGION,
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
    stateFolder: data.PROBE_STATE ?? null,
    url: data.PROBE_URL ?? null,
    doctor: data.PROBE_DOCTOR,
  };
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

function listenAddress(value: string, issues: Issues): Settings['listen'] {
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

/** `ip`, `ip:port` or `[ipv6]:port`; port 0 where none is named. */
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

/** Normalised as any address; one that needs SMTPUTF8 would shut us out of most servers. */
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
