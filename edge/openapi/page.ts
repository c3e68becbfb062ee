/**
 * The OpenAPI document as a page to read: made on the edge, nothing loaded from elsewhere, no script.
 *
 * Everything in it passes through Hono's `html`, which escapes. Descriptions may use two things of Markdown, code spans and
 * tables, because the document's do.
 */
import { html, raw } from 'hono/html';
import type { OpenApiDocument } from './document.ts';
import type { JsonObject, Operation } from './parts.ts';
import { objectOf, remarksOf, schemaRows, typeOf } from './schema-rows.ts';
import { STYLE } from './style.ts';

type Html = ReturnType<typeof html>;

type Entry = { readonly method: string; readonly path: string; readonly operation: Operation };

export function docsPage(document: OpenApiDocument): Html {
  const { info, components } = document;
  const origin = document.servers[0]?.url ?? '';
  const entries = entriesOf(document);
  const tags = [...new Set(entries.map(({ operation }) => operation.tags[0]))];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}: the API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header>
<h1>${info.title}</h1>
<p>${marked(info.description)}</p>
<p class="soft">Version ${info.version}. The same for machines: <a href="/openapi.json">/openapi.json</a></p>
<nav aria-label="Operations">${tags.map((tag) => navigation(tag, entries))}</nav>
</header>
<main id="main">
${tags.map((tag) => html`<h2 id="${tag}">${tag}</h2>${of(tag, entries).map((entry) => section(entry, origin, components.schemas))}`)}
<h2>Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))}
</main>
<footer>${info.title}, ${String(info.license['name'])} licence</footer>
</body>
</html>`;
}

function entriesOf({ paths }: OpenApiDocument): readonly Entry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function of(tag: string, entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ operation }) => operation.tags[0] === tag);
}

function navigation(tag: string, entries: readonly Entry[]): Html {
  return html`<h2>${tag}</h2><ul>${of(tag, entries).map(
    ({ method, path, operation }) =>
      html`<li><a href="#${operation.operationId}"><code>${method} ${path}</code></a> ${operation.summary}</li>`,
  )}</ul>`;
}

function section(
  { method, path, operation }: Entry,
  origin: string,
  schemas: OpenApiDocument['components']['schemas'],
): Html {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  const body = schemaNameOf(requestBody?.content);
  return html`<section class="op" id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title"><span class="method">${method}</span> <code>${path}</code></h3>
<p>${summary}.${noteOnAccess(security)}</p>
${description === undefined ? '' : html`<p>${marked(description)}</p>`}
${operation['x-caller'] === 'node' ? html`<p class="soft">Nodes call this, with keys of their own; there is no line to try by hand.</p>` : html`<pre tabindex="0" aria-label="Example"><code>${exampleOf({ method, path, operation }, origin, schemas)}</code></pre>`}
${parameters.length === 0 ? '' : html`<h4>Parameters</h4>${fields(parameters.map(({ name, required, schema }) => [name, typeOf(schema), required, remarksOf(schema)]))}`}
${body === null ? '' : html`<h4>Body</h4><p><a href="#schema-${body}">${body}</a> as JSON</p>`}
<h4>Answers</h4>
<div class="scroll"><table><thead><tr><th scope="col">status</th><th scope="col">meaning</th><th scope="col">body</th></tr></thead><tbody>${Object.entries(
    responses,
  ).map(
    ([status, told]) =>
      html`<tr><td><code>${status}</code></td><td>${marked(told.description)}</td><td>${bodyOf(told.content)}</td></tr>`,
  )}</tbody></table></div>
</section>`;
}

function noteOnAccess(security: Operation['security']): Html | string {
  if (isForAdmin(security)) {
    return html` <span class="soft">For the operator: needs <code>ADMIN_TOKEN</code>.</span>`;
  }
  if (security === undefined) return '';
  const ofPages = security.some((scheme) => 'pageKey' in scheme) ? html`, or in pages <code>?key=</code>` : '';
  return html` <span class="soft">A key gives a quota of one's own: <code>Authorization: Bearer KEY</code>${ofPages}.</span>`;
}

function isForAdmin(security: Operation['security']): boolean {
  return security?.some((scheme) => 'admin' in scheme) === true;
}

function schemaSection(name: string, schema: JsonObject): Html {
  const rows = schemaRows(schema);
  return html`<section class="op" id="schema-${name}" aria-labelledby="schema-${name}-title">
<h3 id="schema-${name}-title">${name}</h3>
${typeof schema['description'] === 'string' ? marked(schema['description']) : ''}
${rows.length === 0 ? '' : fields(rows.map(({ path, type, isRequired, description }) => [path, type, isRequired, description]))}
</section>`;
}

type Field = readonly [name: string, type: string, isRequired: boolean, remarks: string];

function fields(rows: readonly Field[]): Html {
  return html`<div class="scroll"><table><thead><tr><th scope="col">name</th><th scope="col">type</th><th scope="col">needed</th><th scope="col">meaning</th></tr></thead><tbody>${rows.map(
    ([name, type, isRequired, remarks]) =>
      html`<tr><td><code>${name}</code></td><td>${type}</td><td>${isRequired ? 'yes' : ''}</td><td>${marked(remarks)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** A link to the schema of a body, or its media type. */
function bodyOf(content: JsonObject | undefined): Html | string {
  const name = schemaNameOf(content);
  return name === null ? Object.keys(content ?? {}).join(', ') : html`<a href="#schema-${name}">${name}</a>`;
}

function schemaNameOf(content: JsonObject | undefined): string | null {
  const reference = objectOf(objectOf(Object.values(content ?? {})[0])['schema'])['$ref'];
  return typeof reference === 'string' ? (reference.split('/').at(-1) ?? null) : null;
}

/** A curl line that works, made of the examples in the schemas. */
function exampleOf(
  { method, path, operation }: Entry,
  origin: string,
  schemas: OpenApiDocument['components']['schemas'],
): string {
  const { parameters = [], requestBody, security } = operation;
  const filled = parameters.reduce(
    (text, { name, schema }) => text.replace(`{${name}}`, String(exampleValue(schema))),
    path,
  );
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  const search = query.map(({ name, schema }) => `${name}=${String(exampleValue(schema))}`).join('&');
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${origin}${filled}${search === '' ? '' : `?${search}`}'`,
  ];
  if (isForAdmin(security)) lines.push(`-H "Authorization: Bearer $ADMIN_TOKEN"`);
  const body = schemaNameOf(requestBody?.content);
  if (body !== null) lines.push(`-H 'content-type: application/json'`, `-d '${exampleBody(objectOf(schemas[body]))}'`);
  return lines.join(' \\\n  ');
}

function exampleBody(schema: JsonObject): string {
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const properties = objectOf(schema['properties']);
  return JSON.stringify(Object.fromEntries(required.map((name) => [name, exampleValue(objectOf(properties[name]))])));
}

/** As JSON has it: a list stays a list. */
function exampleValue({ example, examples, enum: values }: JsonObject): unknown {
  const listed = Array.isArray(examples) ? examples[0] : Array.isArray(values) ? values[0] : undefined;
  return example ?? listed ?? '…';
}

/** Code spans, and a table where the text has one. */
function marked(text: string): Html {
  const lines = text.split('\n');
  const rows = lines.filter((line) => line.startsWith('| ')).map((line) => line.slice(2, -2).split(' | '));
  const [head, ...body] = rows;
  const plain = spans(lines.filter((line) => !line.startsWith('|') && line !== '').join(' '));
  if (head === undefined) return plain;
  return html`<p>${plain}</p><div class="scroll"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${body.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${spans(cell.replaceAll('\\|', '|'))}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function spans(text: string): Html {
  return html`${text.split('`').map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
