/**
 * Brings the pages of lists to life: choose a file, look at it, upload it in parts, then watch it being cleaned.
 *
 * Nothing leaves the browser before "Start". The list lives at the edge: closing the tab ends an upload at most, and that goes on
 * with the same file.
 */
import { render, useEffect, useState } from 'hono/jsx/dom';
import { createClient, type ListStatus, VrfyError, type WantedRows } from '../../../client/vrfy-client.ts';
import {
  BounceRate,
  cancelSentence,
  Providers,
  Reasons,
  StateSpoken,
  stateSentence,
  VerdictBar,
} from '../list-summary.tsx';
import { counted, number } from '../number.ts';
import { Fault } from './fault.tsx';
import { KeyNeeded } from './key-form.tsx';
import { ChooseFile } from './lists/choose-file.tsx';
import { Downloads } from './lists/downloads.tsx';
import { GoneList } from './lists/gone-list.tsx';
import { ListRows } from './lists/list-rows.tsx';
import { forgetList, noteExpiry } from './lists/remembered-lists.ts';
import { RememberedLists } from './lists/remembered-part.tsx';
import { saveResults } from './lists/save-results.ts';
import { dateOf } from './lists/spoken-date.ts';
import { isGone } from './lists/upload.ts';
import { storedKey } from './stored-key.ts';

const root = document.querySelector<HTMLElement>('#lists');
if (root !== null) render(<Lists id={/^\/lists\/([^/]+)$/.exec(location.pathname)?.[1] ?? null} />, root);

function Lists({ id }: { readonly id: string | null }) {
  if (id !== null) return <ListView id={id} />;
  return (
    <>
      <ChooseFile />
      <RememberedLists />
    </>
  );
}

type Loaded =
  | { readonly kind: 'loading' }
  /** `isCut`: the edge is away, and this is the last that was heard. */
  | { readonly kind: 'status'; readonly list: ListStatus; readonly isCut: boolean }
  | { readonly kind: 'key'; readonly fault: string | null }
  | { readonly kind: 'gone' }
  | { readonly kind: 'fault'; readonly detail: string };

const CUT = 'The edge cannot be reached. This page goes on as soon as it is back; the list loses nothing.';

function ListView({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    void follow(id, ended.signal, setLoaded);
    return () => ended.abort();
  }, [id, attempt]);

  const again = (): void => setAttempt(attempt + 1);
  switch (loaded.kind) {
    case 'loading':
      return <p class="soft">Looking for the list.</p>;
    case 'key':
      return (
        <div class="stack">
          <h1>A key is needed</h1>
          <KeyNeeded fault={loaded.fault} onKey={again} />
        </div>
      );
    case 'gone':
      return <GoneList id={id} onKey={again} />;
    case 'fault':
      return <Fault text={loaded.detail} onAgain={again} />;
    case 'status':
      return (
        <>
          <Fault text={loaded.isCut ? CUT : null} />
          <ListPage list={loaded.list} onChange={again} />
        </>
      );
  }
}

type Tell = (next: (last: Loaded) => Loaded) => void;

/** Milliseconds before an edge that is away is asked again. */
const AWAY_MS = 3_000;

/** Tells how the list is doing until it has ended or the page has, also beyond a restart of the edge. */
async function follow(id: string, signal: AbortSignal, tell: Tell): Promise<void> {
  const { lists } = createClient({ edge: location.origin, key: storedKey() });
  const tellStatus = (list: ListStatus): void => {
    noteExpiry(id, list.expires_at);
    tell(() => ({ kind: 'status', list, isCut: false }));
  };
  while (!signal.aborted) {
    try {
      tellStatus(await lists.get(id, { signal }));
      for await (const list of lists.events(id, { signal })) tellStatus(list);
      return;
    } catch (error) {
      if (signal.aborted) return;
      tell((last) => (isAway(error) && last.kind === 'status' ? { ...last, isCut: true } : faultOf(error)));
      if (!isAway(error)) return;
      await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    }
  }
}

/** True for a fault that passes without anybody at the page. */
function isAway(error: unknown): boolean {
  return error instanceof VrfyError && (['unreachable', 'timeout'].includes(error.code) || error.status >= 500);
}

function faultOf(error: unknown): Loaded {
  if (error instanceof VrfyError && error.status === 401) {
    return { kind: 'key', fault: storedKey() === undefined ? null : error.message };
  }
  if (isGone(error)) return { kind: 'gone' };
  return { kind: 'fault', detail: messageOf(error) };
}

const ENDED: readonly ListStatus['state'][] = ['done', 'cancelled', 'failed'];

function ListPage({ list, onChange }: { readonly list: ListStatus; readonly onChange: () => void }) {
  const isEnded = ENDED.includes(list.state);
  document.title = `${list.name ?? 'A list'} – vrfy`;
  return (
    <>
      <div class="stack">
        <p class="small no-print">
          <a href="/lists">Lists</a>
        </p>
        <h1>{list.name ?? 'A list'}</h1>
        <StateLead list={list} />
        <StateSpoken list={list} />
        <VerdictBar list={list} />
        <Actions list={list} onChange={onChange} />
      </div>
      <div class="part columns">
        <BounceRate list={list} />
        <dl class="facts">
          <dt>Rows</dt>
          <dd>{number.format(list.rows)}</dd>
          <dt>Addresses</dt>
          <dd>{number.format(list.distinct)}</dd>
          <dt>Duplicates</dt>
          <dd>{number.format(list.duplicates)}</dd>
          <dt>Settled for free</dt>
          <dd>{number.format(list.free)}</dd>
          <dt>Kept until</dt>
          <dd>{dateOf(list.expires_at)}</dd>
        </dl>
      </div>
      <div class="part columns">
        <Providers list={list} />
        <Reasons list={list} />
      </div>
      {list.rows === 0 ? null : <ListRows list={list} isEnded={isEnded} />}
    </>
  );
}

/** What the list is doing, with the time until it goes on, which passes while the edge has nothing new to say. */
function StateLead({ list }: { readonly list: ListStatus }) {
  const [, setNow] = useState(0);
  const isTimed = list.state === 'waiting' && list.next_retry_at !== null;
  useEffect(() => {
    if (!isTimed) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTimed]);
  return <p class="lead">{stateSentence(list, Date.now())}</p>;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'That did not work; try again.';
}

/** What the quota of the key makes of a start. */
function BeforeStart({ left }: { readonly left: number }) {
  const [remaining, setRemaining] = useState<number | null>(null);
  useEffect(() => {
    createClient({ edge: location.origin, key: storedKey() })
      .quota()
      .then(
        (quota) => setRemaining(quota.remaining),
        // Without it the start says the same later.
        () => {},
      );
  }, []);
  if (remaining === null || remaining >= left) return null;
  return (
    <p class="notice">
      {counted(left, 'address is', 'addresses are')} left for mail servers, and your key has{' '}
      {counted(remaining, 'check', 'checks')} left today. What goes beyond it stays “unknown”; clean the file again
      tomorrow, and what is settled by then costs nothing.
    </p>
  );
}

function Actions({ list, onChange }: { readonly list: ListStatus; readonly onChange: () => void }) {
  const [fault, setFault] = useState<string | null>(null);
  const { lists } = createClient({ edge: location.origin, key: storedKey() });
  /** A list that is gone is looked for again, so that the page says so. */
  const tell = (error: unknown): void => (isGone(error) ? onChange() : setFault(messageOf(error)));
  const act = (work: () => Promise<unknown>): void => {
    setFault(null);
    work().then(onChange, tell);
  };
  const save = (rows: WantedRows): void => {
    setFault(null);
    saveResults(list, rows).catch(tell);
  };
  const isRunning = !ENDED.includes(list.state);
  return (
    <div class="stack no-print">
      {list.state === 'ready' ? (
        <div class="stack">
          <BeforeStart left={list.distinct - list.done} />
          <button type="button" class="button" onClick={() => act(() => lists.start(list.id))}>
            {list.distinct === list.done ? 'Finish' : 'Ask the mail servers'}
          </button>
        </div>
      ) : null}
      {list.rows === 0 ? null : <Downloads list={list} isEnded={!isRunning} onSave={save} />}
      <div class="actions">
        {isRunning ? (
          <button
            type="button"
            class="button quiet small"
            aria-describedby="cancel-keeps"
            onClick={() => act(() => lists.cancel(list.id))}
          >
            Cancel
          </button>
        ) : null}
        <button type="button" class="button quiet small" onClick={() => print()}>
          Print a report
        </button>
        <button
          type="button"
          class="button quiet small"
          onClick={() => {
            if (!confirm('Delete this list and all that it holds? This cannot be undone.')) return;
            act(async () => {
              await lists.delete(list.id);
              forgetList(list.id);
              location.assign('/lists');
            });
          }}
        >
          Delete
        </button>
      </div>
      {isRunning ? (
        <p id="cancel-keeps" class="soft small">
          {cancelSentence(list.state)}
        </p>
      ) : null}
      <Fault text={fault} />
    </div>
  );
}
