/**
 * THE HOSTILE LAB: the whole system (edge in workerd, nodes as processes, every hop real) in an internet of our own, in
 * which each attack has a test that makes its wrong answer impossible.
 *
 *   const lab = await openLab();                                           // once a file: it costs seconds
 *   await lab.host('mx.corp.example', { greeting: '521 No mail here' });   // its script: mail-host.ts
 *   await lab.host('mx2.corp.example');                                    // knows ada, grace and info
 *   lab.mx('corp.example', { 10: 'mx.corp.example', 20: 'mx2.corp.example' });
 *   expect(wordOf(await lab.ask('ada@corp.example'))).toBe('deliverable/accepted');
 *
 * Give each test domains and hosts of its own, so that no memory reaches from one to the next. A name with neither host
 * nor MX does not exist. Names are under `.example`, or those of a real provider if its rules are under attack; `.test`
 * is not asked of this DNS. Never sleep: hold a reply back by a promise, and poll for the expected event. Nodes ask
 * without pacing unless a lab says `PROBE_PACE: 'on'`. At the end no host may have been sent a message.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningEdge, startEdge } from '../../../cli/start/edge.ts';
import { loadKeys } from '../../../cli/start/keys.ts';
import { startNode } from '../../../cli/start/node.ts';
import { type Answer, answerSchema } from '../../../shared/answer.ts';
import { freePortRun } from '../system.ts';
import { type Dns, startDns } from './dns.ts';
import { type MailHost, type Script, startMailHost } from './mail-host.ts';

/** Milliseconds that a caller waits unless a test says otherwise: it is not speed that is tried here. */
const PATIENCE_MS = 30_000;

export type LabOptions = {
  /** Settings of each node; one node unless there are more. */
  readonly nodes?: readonly Readonly<Record<string, string>>[];
  /** Variables of the edge. */
  readonly edge?: Readonly<Record<string, string>>;
};

type Parameters = Readonly<Record<string, string | number>>;

export type Lab = {
  readonly url: string;
  readonly dns: Dns;
  /** Names of the nodes, in the order of their settings. */
  readonly nodes: readonly string[];
  /** A mail server and its name in the DNS. */
  readonly host: (name: string, script?: Script) => Promise<MailHost>;
  readonly mx: Dns['mx'];
  /** A domain with one mail server, `mx.` and its name. */
  readonly site: (domain: string, script?: Script) => Promise<MailHost>;
  /** Asks for a verdict, on behalf of a client at an IP address if one is given. */
  readonly ask: (email: string, parameters?: Parameters, client?: string) => Promise<Answer>;
  /** The same, raw: for responses that are no verdict. */
  readonly request: (email: string, parameters?: Parameters, client?: string) => Promise<Response>;
  /** A batch; verdicts by address as it was written. */
  readonly askAll: (emails: readonly string[], fields?: object) => Promise<ReadonlyMap<string, Answer>>;
  /** Values that the edge has stored. */
  readonly storedValues: () => Promise<number>;
  /** Restarts the edge over its stored state: everything that an isolate had in memory is gone. */
  readonly reopenEdge: () => Promise<void>;
  /** A request of the operator. */
  readonly admin: (method: string, target: string, body?: object) => Promise<Response>;
  readonly close: () => Promise<void>;
};

export async function openLab({ nodes: ownSettings = [{}], edge: variables = {} }: LabOptions = {}): Promise<Lab> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-attack-'));
  const port = await freePortRun(2 + ownSettings.length);
  const smtpPort = port + 1 + ownSettings.length;
  const dns = await startDns();
  const keys = await loadKeys(stateDir);
  const openEdge = (): Promise<RunningEdge> =>
    withVariables({ ...variables, DOH_URLS: dns.dohUrl }, () =>
      startEdge({ port, stateDir, keys, sandboxDohUrl: null }),
    );
  let edge = await openEdge();
  const settings = {
    PROBE_DNS: dns.resolver,
    PROBE_SMTP_PORT: String(smtpPort),
    PROBE_ALLOW_NETWORKS: '127.0.0.0/8',
    PROBE_PACE: 'off',
  };
  const common = { edgeUrl: edge.url, adminToken: keys.ADMIN_TOKEN, stateDir, routes: '', isQuiet: true };
  const nodes = await Promise.all(
    ownSettings.map((own, index) =>
      startNode({ ...common, index, port: port + 1 + index, settings: { ...settings, ...own } }),
    ),
  );
  const hosts: MailHost[] = [];
  /** Each has an address of its own; 127.0.0.1 is everybody's. */
  let hostCount = 0;
  const host: Lab['host'] = async (name, script = {}) => {
    const ip = `127.0.${Math.floor(hostCount / 250)}.${2 + (hostCount % 250)}`;
    hostCount += 1;
    const started = await startMailHost(name, ip, smtpPort, script);
    hosts.push(started);
    dns.address(name, ip);
    return started;
  };
  const request: Lab['request'] = (email, parameters = {}, client) => {
    const query = new URLSearchParams({ email, ...texts({ deadline_ms: PATIENCE_MS, ...parameters }) });
    return fetch(`${edge.url}/v1/verify?${query}`, client === undefined ? {} : { headers: clientHeader(client) });
  };
  return {
    url: edge.url,
    dns,
    nodes: nodes.map(({ id }) => id),
    host,
    mx: dns.mx,
    site: (domain, script) => {
      dns.mx(domain, { 10: `mx.${domain}` });
      return host(`mx.${domain}`, script);
    },
    ask: async (...question) => answerSchema().parse(await (await request(...question)).json()),
    request,
    askAll: async (emails, fields = {}) => {
      const response = await fetch(`${edge.url}/v1/verify/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ emails, ...fields }),
      });
      const lines = (await response.text()).split('\n').filter((line) => line.trim() !== '');
      const answers = lines.map((line) => answerSchema().parse(JSON.parse(line)));
      return new Map(answers.map((answer) => [answer.email, answer]));
    },
    storedValues: async () => {
      const entries = await readdir(path.join(stateDir, 'storage'), { recursive: true });
      return entries.filter((entry) => /(?:^|\/)kv\/.*\/blobs\/[^/]+$/.test(entry)).length;
    },
    reopenEdge: async () => {
      await edge.close();
      edge = await openEdge();
    },
    admin: (method, target, body) =>
      fetch(new URL(target, edge.url), {
        method,
        headers: { authorization: `Bearer ${keys.ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    close: async () => {
      await edge.close();
      // No node is left to be told.
      for (const { pid } of nodes) signalTo(pid, 'SIGKILL');
      await Promise.all(nodes.map((node) => node.close()));
      await Promise.all([...hosts.map((one) => one.close()), dns.close()]);
      // Wrangler may still be writing its log.
      await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      const message = hosts.flatMap((one) => one.commands()).find((line) => /^(?:DATA|BDAT|VRFY|EXPN)\b/i.test(line));
      if (message !== undefined) throw new Error(`a node has said ${message} to a mail server`);
    },
  };
}

/** Verdict and reason in a word, such as `deliverable/accepted`. */
export function wordOf(answer: Answer | undefined): string {
  return answer === undefined ? 'no answer' : `${answer.verdict}/${answer.reason}`;
}

/** Cloudflare's header for the client's address. */
function clientHeader(client: string): Readonly<Record<string, string>> {
  return { 'cf-connecting-ip': client };
}

function texts(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
}

/** The edge takes its settings from the environment, which is as it was afterwards. */
async function withVariables<T>(variables: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
