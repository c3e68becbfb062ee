// Forms on pages of one origin, the real edge with its sandbox behind a relay on another one.
//
// The pages forbid everything by their policy that the widget does not need. The relay records the requests of browsers
// to the edge, and can be slow, silent or gone.

import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { build, type Plugin } from 'esbuild';
import { compile } from 'svelte/compiler';
import { type System, startSystem } from '../../flow/system.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;

/** A request of a browser to the edge. */
export type EdgeRequest = {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly body: string;
  /** Of the answer, once it is there. */
  status: number | null;
  /** True once the browser has given it up. */
  isAborted: boolean;
};

export type FormLab = {
  /** Origin of the pages. */
  readonly pages: string;
  /** Origin that browsers reach the edge at. */
  readonly edge: string;
  readonly key: string;
  readonly system: System;
  /** How the relay treats a verify: milliseconds that it waits before it passes it on, never, or at once and away. */
  conduct: number | 'silent' | 'gone';
  readonly requests: EdgeRequest[];
  /** Forms that were sent to the page's server, oldest first. */
  readonly submissions: URLSearchParams[];
  /** Serves a page and gives its URL. `program` is the page's own module, bundled. */
  page(html: string, program?: string): Promise<string>;
  /** The page's policy. */
  readonly policy: string;
  close(): Promise<void>;
};

export async function startFormLab(): Promise<FormLab> {
  const system = await startSystem(1, true);
  const requests: EdgeRequest[] = [];
  const submissions: URLSearchParams[] = [];
  const files = new Map<string, { readonly type: string; readonly text: string }>();
  const relay = await listen((request, response) => void relayOne(request, response));
  const pageServer = await listen((request, response) => void servePage(request, response));
  const [edge, pages] = [originOf(relay), originOf(pageServer)];
  const policy = [
    "default-src 'none'",
    `script-src ${edge} ${pages}`,
    `connect-src ${edge}`,
    "style-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  const lab: FormLab = {
    pages,
    edge,
    key: await makeKey(system, pages),
    system,
    conduct: 0,
    requests,
    submissions,
    policy,
    async page(html, program) {
      const path = `/page-${files.size}`;
      files.set(path, { type: 'text/html; charset=utf-8', text: html.replaceAll('PROGRAM', `${path}.js`) });
      if (program !== undefined) {
        files.set(`${path}.js`, { type: 'text/javascript; charset=utf-8', text: await bundle(program) });
      }
      return pages + path;
    },
    async close() {
      for (const server of [relay, pageServer]) {
        server.closeAllConnections();
        server.close();
      }
      await system.close();
    },
  };
  async function relayOne(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const { method = '', url = '', headers } = request;
    const note: EdgeRequest = {
      method,
      url,
      type: headers['content-type'] ?? '',
      body,
      status: null,
      isAborted: false,
    };
    requests.push(note);
    response.on('close', () => {
      note.isAborted = !response.writableFinished;
    });
    if (url.startsWith('/v1/verify')) {
      if (lab.conduct === 'silent') return;
      if (lab.conduct === 'gone') return void request.socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, Number(lab.conduct)));
    }
    const onward = httpRequest(system.url + url, { method, headers }, (answer) => {
      note.status = answer.statusCode ?? null;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body);
  }
  async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', pages);
    if (request.method === 'POST') {
      submissions.push(new URLSearchParams(await textOf(request)));
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
      response.end('<!doctype html><html lang="en"><title>Thanks</title><h1>Thanks</h1>');
      return;
    }
    const file = files.get(pathname);
    response.writeHead(file === undefined ? 204 : 200, {
      'content-type': file?.type ?? 'text/plain',
      'content-security-policy': policy,
    });
    response.end(file?.text);
  }
  return lab;
}

/** A publishable key of the pages, without a bound for their one visitor. */
async function makeKey(system: System, origin: string): Promise<string> {
  const response = await fetch(`${system.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'publishable',
      origins: [origin],
      daily_quota: null,
      visitor_daily_quota: null,
      visitor_minute_quota: null,
    }),
  });
  const { key } = (await response.json()) as { key: string };
  return key;
}

const svelte: Plugin = {
  name: 'svelte',
  setup(builder) {
    builder.onResolve({ filter: /^form\.svelte$/ }, () => ({ path: 'form.svelte', namespace: 'svelte' }));
    builder.onLoad({ filter: /.*/, namespace: 'svelte' }, () => ({
      contents: compile(SVELTE_FORM, { generate: 'client', css: 'external' }).js.code,
      resolveDir: ROOT,
    }));
  },
};

const SVELTE_FORM = `<script>
  let email = $state('');
</script>
<form action="/submitted" method="post">
  <label for="email">Email</label><input id="email" name="email" type="email" bind:value={email}>
  <output>{email}</output>
  <button>Send</button>
</form>`;

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false' },
    plugins: [svelte],
    conditions: ['browser'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles.map(({ text }) => text).join('');
}

async function listen(onRequest: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}
