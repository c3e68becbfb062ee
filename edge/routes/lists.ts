/**
 * `/v1/lists`: people's files, cleaned. A file comes in, whole or in parts; what is known of its rows can be read from the
 * first second; it can be watched, started, cancelled and deleted.
 *
 * A list belongs to the key that made it. Anybody else is told that there is no such list, and so is a guess at an id.
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { base64url } from 'jose';
import { readBounded } from '../../shared/bounded-body.ts';
import { Problem } from '../../shared/problem.ts';
import type { Reason } from '../../shared/verdict.ts';
import type { App } from '../http/context.ts';
import { listOwned, openNameOf, PART_OCTETS, partNameOf, partsOf, putOwned, sourceNameOf } from '../lists/files.ts';
import type { ListAct, ListApi, ListFile } from '../lists/list-api.ts';
import type { ListPayer } from '../lists/list-record.ts';
import { FILE_OCTETS_MAX, type Room, receiveFile } from '../lists/receive.ts';
import type { ResultWishes } from '../lists/render-slice.ts';
import { faultOfHeld, heldBy, noRoom, type StorageBound, storageBoundOf } from '../lists/storage-bound.ts';
import { isOver, type ListSummary } from '../lists/summary.ts';
import { LIST_ID } from '../wiring/list-ports.ts';
import {
  checkedWebhook,
  formatOf,
  listQuerySchema,
  readGiven,
  readIdempotencyKey,
  readKeptReasons,
  readVerdicts,
  receiveBody,
  refusalOf,
  resultFormatOf,
} from './list-request.ts';
import { sendResults } from './list-results.ts';
import { refuseSlips } from './near-miss.ts';
import { fieldFault, parseFields, readCursor } from './request.ts';

/** Parts of the largest file. */
const PARTS_MAX = Math.ceil(FILE_OCTETS_MAX / PART_OCTETS);
/** Lists of one page: each is asked how it is. */
const PAGE_MAX = 25;
/** Milliseconds from one event to the next at least, and for which a stream without news stays silent. */
const EVENT_MS = 1_000;
const SIGN_EVERY = 15;
/** Id of the last event of every stream: a reconnection with it is told to stop. */
const LAST_EVENT_ID = 'done';
const NO_STORE = { 'cache-control': 'no-store' };

export async function postList(c: Context<App>): Promise<Response> {
  const { payer, owner } = ownerOf(c);
  const query = c.req.query();
  refuseSlips(Object.keys(query), Object.keys(listQuerySchema().shape));
  const wishes = parseFields(listQuerySchema(), query);
  const { lists, webhooks } = c.var.services;
  const webhook = await checkedWebhook(c, wishes.webhook ?? null);
  const idempotencyKey = readIdempotencyKey(c);
  const id = await lists.idFor(owner, idempotencyKey);
  const isInParts = wishes.parts === 'true';
  const upload = crypto.randomUUID();
  const detect = { header: wishes.header, column: wishes.column ?? null, format: formatOf(c, isInParts) };
  const bound = storageBoundOf(payer);
  const room = await roomFor(c, bound, owner, id);
  const received = isInParts ? null : await receiveBody(c, detect, sourceNameOf(id, upload), room);
  if (received !== null && received.kind === 'refused') throw refusalOf(received);
  const file: ListFile | null =
    received === null ? null : { source: sourceNameOf(id, upload), octets: received.octets, layout: received.layout };
  const list = lists.listOf(id);
  const made = await list.make({
    id,
    owner,
    payer,
    dedupe: wishes.dedupe,
    start: wishes.start,
    onQuota: wishes.on_quota,
    retentionDays: wishes.retention_days,
    name: wishes.name ?? null,
    webhook,
    // A key has secrets of its own.
    webhookSecret: webhook === null || payer.kind === 'key' ? null : webhooks.makeSecret(),
    detect,
    file,
    bodyHash: await hashOf(JSON.stringify([received?.hash ?? 'parts', wishes])),
  });
  const { outcome, source, createdAtMs, webhookSecret } = made;
  if (file !== null && source !== file.source) await lists.bucket.delete(file.source);
  if (outcome === 'another') {
    throw new Problem('idempotency_conflict', {
      detail: 'There is a list of this Idempotency-Key, and it was made of another body or with other settings.',
    });
  }
  if (outcome === 'made') {
    await Promise.all([
      putOwned(lists.bucket, owner, { id, octets: file?.octets ?? null }, createdAtMs),
      lists.bucket.put(openNameOf(id, createdAtMs), new Uint8Array(0)),
    ]);
    // Requests at the same time may each have found room.
    const fault = bound === null ? null : faultOfHeld(bound, await heldBy(lists.bucket, owner, null));
    if (fault !== null) {
      await list.remove();
      throw new Problem('list_storage_full', { detail: fault });
    }
  }
  const summary = await summaryOf(list, []);
  const url = new URL(`/v1/lists/${id}`, c.req.url).href;
  const told = {
    id,
    url,
    state: summary.state,
    ...(received === null ? {} : { detected: received.detected }),
    ...(webhookSecret === null ? {} : { webhook_secret: webhookSecret }),
  };
  return c.json(told, isInParts ? 201 : 202, { ...NO_STORE, location: url });
}

export async function listLists(c: Context<App>): Promise<Response> {
  const { owner } = ownerOf(c);
  const { lists } = c.var.services;
  const page = await listOwned(lists.bucket, owner, readCursor(c), PAGE_MAX);
  const summaries = await Promise.all(page.ids.map((id) => lists.listOf(id).summary([])));
  return c.json({ lists: summaries.filter((summary) => summary !== null), cursor: page.cursor }, 200, NO_STORE);
}

export async function getList(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  return c.json(await summaryOf(list, readKeptReasons(c)), 200, NO_STORE);
}

export async function putListPart(c: Context<App>): Promise<Response> {
  const { list, id, owner, bound } = await ownList(c);
  const text = c.req.param('part') ?? '';
  const part = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0;
  if (part < 1 || part > PARTS_MAX) throw fieldFault('part', 'custom', `must be a number from 1 to ${PARTS_MAX}`);
  if ((await summaryOf(list, [])).state !== 'receiving') throw wrongState('The list has all its parts.');
  const octets = await readBounded(c.req.raw.body, PART_OCTETS);
  if (octets === null) throw new Problem('body_too_large', { detail: `A part may have ${PART_OCTETS} octets.` });
  const { bucket } = c.var.services.lists;
  if (bound !== null) {
    const others = await heldBy(bucket, owner, id);
    const own = (await partsOf(bucket, id)).filter((stored) => stored.part !== part);
    const held = own.reduce((sum, stored) => sum + stored.octets, others.octets + octets.length);
    const fault = faultOfHeld(bound, { ...others, octets: held });
    if (fault !== null) throw new Problem('list_storage_full', { detail: fault });
  }
  await bucket.put(partNameOf(id, part), octets);
  return c.body(null, 204, NO_STORE);
}

export async function completeList(c: Context<App>): Promise<Response> {
  const { list, id, owner, bound } = await ownList(c);
  const { bucket } = c.var.services.lists;
  const outline = await list.outline();
  if (outline === null || (await summaryOf(list, [])).state !== 'receiving') {
    throw wrongState('The list has all its parts.');
  }
  const parts = await partsOf(bucket, id);
  const missing = parts.findIndex(({ part }, at) => part !== at + 1);
  if (parts.length === 0 || missing >= 0) {
    throw new Problem('list_unreadable', { detail: `Part ${missing < 0 ? 1 : missing + 1} is missing.` });
  }
  const short = parts.slice(0, -1).find(({ octets }) => octets !== PART_OCTETS);
  if (short !== undefined) {
    throw new Problem('list_unreadable', {
      detail: `Part ${short.part} is not of ${PART_OCTETS} octets; send it again.`,
    });
  }
  const source = sourceNameOf(id, crypto.randomUUID());
  let done = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = parts[done];
      if (next === undefined) return controller.close();
      done += 1;
      const object = await bucket.get(partNameOf(id, next.part));
      if (object === null) throw new Problem('store_unavailable', { headers: { 'retry-after': '5' } });
      controller.enqueue(new Uint8Array(await object.arrayBuffer()));
    },
  });
  const received = await receiveFile(body, outline.detect, bucket, source, await roomFor(c, bound, owner, id));
  if (received.kind === 'refused') throw refusalOf(received);
  const act = await list.complete({ source, octets: received.octets, layout: received.layout });
  if (act !== 'done') await bucket.delete(source);
  acted(act, 'The list has all its parts.');
  const { state, created_at } = await summaryOf(list, []);
  await putOwned(bucket, owner, { id, octets: received.octets }, Date.parse(created_at));
  await bucket.delete(parts.map(({ part }) => partNameOf(id, part)));
  const url = new URL(`/v1/lists/${id}`, c.req.url).href;
  return c.json({ id, url, state, detected: received.detected }, 202, { ...NO_STORE, location: url });
}

export async function startList(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  acted(await list.start(), 'Only a list that is ready can be started.');
  return c.json(await summaryOf(list, []), 202, NO_STORE);
}

export async function cancelList(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  acted(await list.cancel(), 'The list is over.');
  return c.json(await summaryOf(list, []), 200, NO_STORE);
}

export async function deleteList(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  acted(await list.remove(), '');
  return c.body(null, 204, NO_STORE);
}

export async function streamList(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  if (c.req.method === 'HEAD') {
    throw new Problem('method_not_allowed', { detail: 'Use GET.', headers: { allow: 'GET' } });
  }
  const lastEventId = c.req.header('last-event-id');
  if (lastEventId === LAST_EVENT_ID) return c.body(null, 204, NO_STORE);
  const kept = readKeptReasons(c);
  const { log } = c.var;
  log.hold();
  const response = streamSSE(c, async (stream) => {
    try {
      let told = '';
      let silence = 0;
      for (let number = Number(lastEventId) || 0; !stream.aborted; ) {
        const summary = await list.summary(kept);
        // Deleted in the meantime.
        if (summary === null) break;
        const data = JSON.stringify(summary);
        if (data !== told) {
          number += 1;
          silence = 0;
          told = data;
          await stream.writeSSE({ event: 'progress', id: String(number), data });
        } else {
          silence += 1;
          if (silence % SIGN_EVERY === 0) await stream.write(': \n\n');
        }
        if (isOver(summary.state)) {
          await stream.writeSSE({ event: 'done', id: LAST_EVENT_ID, data });
          break;
        }
        await stream.sleep(EVENT_MS);
      }
    } finally {
      log.release();
    }
  });
  response.headers.set('cache-control', 'no-store');
  return response;
}

export async function getListResults(c: Context<App>): Promise<Response> {
  const { list } = await ownList(c);
  const wishes: ResultWishes = { format: resultFormatOf(c), verdicts: readVerdicts(c), given: readGiven(c) };
  const outline = await list.outline();
  if (outline === null) throw noSuchList();
  return sendResults(c, list, outline, wishes, c.var.services.lists.bucket);
}

/** Before the id of a key, in the owner of its lists. */
export const OF_KEY = 'key-';

type Owner = { readonly payer: ListPayer; readonly owner: string };

/** Whose lists the caller's are. Without a key there are lists on a machine of one's own only. */
function ownerOf(c: Context<App>): Owner {
  const { caller, services } = c.var;
  if (caller.kind === 'test') return { payer: { kind: 'test' }, owner: `test-${caller.id}` };
  const { payer } = caller;
  switch (payer.kind) {
    case 'operator':
      return { payer, owner: 'operator' };
    case 'key':
      return { payer, owner: `${OF_KEY}${payer.id}` };
    case 'visitor':
      throw new Problem('key_scope', {
        detail: 'A publishable key is for verify, stream and warm; use a secret key here.',
      });
    case 'anonymous':
      if (!services.lists.isOpenToAll) {
        throw new Problem('unauthorized', {
          detail: 'A list needs a key: send Authorization: Bearer with it.',
          headers: { 'www-authenticate': 'Bearer realm="vrfy"' },
        });
      }
      return { payer: { kind: 'local' }, owner: 'local' };
  }
}

type OwnList = {
  readonly list: ListApi;
  readonly id: string;
  /** Of the list: the operator may act for others. */
  readonly owner: string;
  /** What the caller may hold. */
  readonly bound: StorageBound | null;
};

/** The list of the path, if it is the caller's, or the caller is the operator. */
async function ownList(c: Context<App>): Promise<OwnList> {
  const { owner, payer } = ownerOf(c);
  const id = c.req.param('id') ?? '';
  if (!LIST_ID.test(id)) throw noSuchList();
  const list = c.var.services.lists.listOf(id);
  const known = await list.owner();
  if (known === null || (known !== owner && owner !== 'operator')) throw noSuchList();
  return { list, id, owner: known, bound: storageBoundOf(payer) };
}

/** Room for one more list of the owner; a Problem if there is none. */
async function roomFor(c: Context<App>, bound: StorageBound | null, owner: string, id: string): Promise<Room | null> {
  if (bound === null) return null;
  const held = await heldBy(c.var.services.lists.bucket, owner, id);
  const fault = faultOfHeld(bound, { ...held, lists: held.lists + 1 });
  if (fault !== null) throw new Problem('list_storage_full', { detail: fault });
  return { octets: bound.octets - held.octets, detail: noRoom(bound) };
}

/** What a repeat of the request must be equal in. The settings name things that nobody else may read. */
async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(hash));
}

function noSuchList(): Problem {
  return new Problem('not_found', { detail: 'There is no list of this id, or it is not yours.' });
}

function wrongState(detail: string): Problem {
  return new Problem('list_state', { detail });
}

function acted(act: ListAct, detail: string): void {
  if (act === 'missing') throw noSuchList();
  if (act === 'wrong_state') throw wrongState(detail);
}

async function summaryOf(list: ListApi, kept: readonly Reason[]): Promise<ListSummary> {
  const summary = await list.summary(kept);
  if (summary === null) throw noSuchList();
  return summary;
}
