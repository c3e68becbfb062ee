/**
 * Refreshes the overlay from the configured lists; run by the cron trigger.
 *
 * Each list is fetched, measured (list-intake.ts), and accepted or kept in its last version; lists that are no longer
 * configured are dropped. Nothing that a list or its server does can remove a name that was good before, or make the
 * other lists fail. Outcomes are logged with the host of the URL alone: the rest may contain a secret.
 */
import { readBounded } from '../../shared/bounded-body.ts';
import { type IntakeRules, LIST_OCTETS_MAX, type ListRefusal, takeList } from './list-intake.ts';
import {
  OVERLAY_NAMES_MAX,
  type OverlayList,
  readOverlay,
  type WritableOverlayStore,
  writeOverlay,
} from './overlay.ts';

/** Milliseconds per list. */
const FETCH_TIMEOUT_MS = 30_000;

export type RefreshPorts = IntakeRules & {
  readonly store: WritableOverlayStore;
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  readonly log: (line: RefreshLine) => void;
};

type FetchFault = 'unreachable' | 'too_large' | 'not_utf8' | `http_${number}`;

export type RefreshLine = {
  readonly event: 'disposable_list';
  readonly host: string;
  readonly outcome: 'taken' | 'refused';
  readonly why?: ListRefusal | FetchFault | 'overlay_full';
  readonly names?: number;
  readonly added?: number;
  readonly left_out?: number;
};

/** Throws if the store cannot be read or written; then the overlay stays as it was. */
export async function refreshOverlay(urls: readonly URL[], ports: RefreshPorts): Promise<void> {
  const before = await readOverlay(ports.store);
  const after: OverlayList[] = [];
  let room = OVERLAY_NAMES_MAX;
  // Sequential: a list may have megabytes, and a worker has little memory.
  for (const url of urls) {
    const urlHash = await hashOf(url);
    const last = before.find((list) => list.url_hash === urlHash) ?? null;
    const list = (await refreshList(url, urlHash, last, room, ports)) ?? last;
    if (list === null) continue;
    after.push(list);
    room -= list.names.length;
  }
  if (after.length > 0 || before.length > 0) await writeOverlay(ports.store, after);
}

/** The new version of the list, or null if it is not accepted. */
async function refreshList(
  url: URL,
  urlHash: string,
  last: OverlayList | null,
  room: number,
  { fetch: fetchUrl, nowMs, log, ...rules }: RefreshPorts,
): Promise<OverlayList | null> {
  const refuse = (why: NonNullable<RefreshLine['why']>): null => {
    log({ event: 'disposable_list', host: url.host, outcome: 'refused', why });
    return null;
  };
  const fetched = await fetchText(url, fetchUrl);
  if (!fetched.ok) return refuse(fetched.fault);
  const intake = takeList(fetched.text, last?.total ?? null, rules);
  if (!intake.ok) return refuse(intake.refusal);
  if (intake.names.length > room) return refuse('overlay_full');
  const { total, names, leftOut } = intake;
  log({
    event: 'disposable_list',
    host: url.host,
    outcome: 'taken',
    names: total,
    added: names.length,
    left_out: leftOut,
  });
  return { url_hash: urlHash, taken_at: new Date(nowMs()).toISOString(), total, names: [...names] };
}

type Fetched = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly fault: FetchFault };

/** The text behind a URL, within bounds. Redirects are not followed: the setting names the list itself. */
async function fetchText(url: URL, fetchUrl: typeof fetch): Promise<Fetched> {
  try {
    const response = await fetchUrl(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { ok: false, fault: `http_${response.status}` };
    }
    const octets = await readBounded(response.body, LIST_OCTETS_MAX);
    if (octets === null) return { ok: false, fault: 'too_large' };
    return decode(octets);
  } catch {
    return { ok: false, fault: 'unreachable' };
  }
}

function decode(octets: Uint8Array): Fetched {
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(octets) };
  } catch {
    return { ok: false, fault: 'not_utf8' };
  }
}

async function hashOf(url: URL): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url.href));
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('');
}
