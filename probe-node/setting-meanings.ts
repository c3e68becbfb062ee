/**
 * One sentence on each setting of a node: for `--help`, and for the generated table of docs/SETTINGS.md. settings.ts
 * checks the values; a test compares the names.
 */

export type SettingMeaning = { readonly names: readonly string[]; readonly meaning: string };

/** In the order in which an operator needs them. Backquotes mark literal input. */
export const SETTING_MEANINGS: readonly SettingMeaning[] = [
  {
    names: ['PROBE_ID', 'PROBE_REGION'],
    meaning: 'name of the node (default: its EHLO name with hyphens) and of its region (default: that of the token)',
  },
  {
    names: ['PROBE_TOKEN'],
    meaning:
      'one-time token to join the edge with; without it, a node that has never joined serves alone: the edge does not know it',
  },
  {
    names: ['PROBE_URL'],
    meaning:
      'URL at which the edge reaches the node: https and a host name; default: the address it listens on; the doctor checks its certificate',
  },
  { names: ['PROBE_LISTEN'], meaning: '`host:port` for jobs; default `127.0.0.1:8788`' },
  { names: ['PROBE_EDGE'], meaning: 'URL of the edge whose jobs it takes; required' },
  {
    names: ['PROBE_STATE'],
    meaning: 'folder for state that outlasts a restart: its key, its membership, the used tokens; default `.vrfy-node`',
  },
  {
    names: ['PROBE_HELO'],
    meaning:
      "own name in EHLO; its A/AAAA and the PTR of the node's IP should match; required, except with `join`, which uses the name of the machine",
  },
  {
    names: ['PROBE_MAIL_FROM'],
    meaning: 'sender in MAIL FROM; default `verify@` the EHLO name, empty for the null sender',
  },
  {
    names: ['PROBE_SOURCE_IPS'],
    meaning: 'comma list of `ip=helo-name`: source addresses of SMTP connections, each with its EHLO name',
  },
  { names: ['PROBE_DNS'], meaning: "resolvers, comma list of `ip:port`; default the system's" },
  { names: ['PROBE_SMTP_PORT'], meaning: 'port of mail servers; default 25' },
  {
    names: ['PROBE_ALLOW_NETWORKS'],
    meaning: 'networks that the node may connect to although they are not public; default none',
  },
  { names: ['PROBE_ROUTES'], meaning: '`host=ip:port`: mail hosts at a fixed address, without DNS' },
  { names: ['PROBE_PACE'], meaning: '`on`; `off` lifts the pacing per provider, for measurements only' },
  { names: ['PROBE_TLS_CERT', 'PROBE_TLS_KEY'], meaning: 'certificate and key files, to listen with TLS' },
  {
    names: ['PROBE_DOCTOR'],
    meaning:
      '`auto`: the doctor examines the node, which serves only with port 25 open, unless `PROBE_SMTP_PORT`, `PROBE_ROUTES` or `PROBE_ALLOW_NETWORKS` make it a laboratory; `on`: even then; `off`: never',
  },
  { names: ['LOG_LEVEL'], meaning: '`fatal`, `error`, `warn`, `info` (default), `debug`, `trace` or `silent`' },
];
