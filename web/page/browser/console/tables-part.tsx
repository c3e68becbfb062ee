/** Marks, keys and lists: pages of records that are read when the console opens, at times, and after a change. */
import type { Child } from 'hono/jsx';
import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { ListStatus } from '../../../../client/vrfy-client.ts';
import type { UsedKey } from '../../../../shared/api-key.ts';
import { number } from '../../number.ts';
import { Scroll } from '../../scroll.tsx';
import { TableHead } from '../../table-head.tsx';
import { Fault } from '../fault.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';

/** Milliseconds between two looks. */
const KEYS_MS = 30_000;
const LISTS_MS = 5_000;

/** A list that is not over; `key` is the id of its maker's, if it was made with one. */
type OpenList = ListStatus & { readonly key: string | null };
type Page<T> = { readonly items: readonly T[]; readonly cursor: string | null };
type Loaded<T> = Page<T> & { readonly isLoaded: boolean; readonly fault: string | null };

const NOTHING = { items: [], cursor: null, isLoaded: false, fault: null };

/**
 * Pages of records that are read again at times, as many as are shown.
 *
 * @param read one page; null asks for the first
 * @param everyMs milliseconds between two looks, or null if only a change of ours changes them
 */
function usePages<T>(read: (cursor: string | null) => Promise<Page<T>>, everyMs: number | null) {
  const [state, setState] = useState<Loaded<T>>(NOTHING);
  const pageCount = useRef(1);
  const lookCount = useRef(0);
  /** Only the last look counts: an earlier one may know nothing of a change of ours. */
  const load = async (): Promise<void> => {
    lookCount.current += 1;
    const look = lookCount.current;
    try {
      let page = await read(null);
      const items = [...page.items];
      for (let number = 1; number < pageCount.current && page.cursor !== null; number += 1) {
        page = await read(page.cursor);
        items.push(...page.items);
      }
      if (look === lookCount.current) setState({ items, cursor: page.cursor, isLoaded: true, fault: null });
    } catch (error) {
      if (look === lookCount.current) setState((before) => ({ ...before, isLoaded: true, fault: sentenceOf(error) }));
    }
  };
  useEffect(() => {
    void load();
    if (everyMs === null) return;
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, everyMs);
    return () => clearInterval(timer);
  }, []);
  /** Acts, then reads the pages anew. */
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      await load();
    } catch (error) {
      setState((before) => ({ ...before, fault: sentenceOf(error) }));
    }
  };
  const more = (): void => {
    pageCount.current += 1;
    void load();
  };
  return { ...state, act, more };
}

type TableProps = {
  readonly name: string;
  readonly none: string;
  readonly heads: readonly string[];
  readonly pages: Pick<ReturnType<typeof usePages>, 'items' | 'cursor' | 'isLoaded' | 'fault' | 'more'>;
  readonly children: Child;
};

function Table({ name, none, heads, pages: { items, cursor, isLoaded, fault, more }, children }: TableProps) {
  return (
    <>
      <Fault text={fault} />
      {items.length === 0 ? (
        <p class="soft">{isLoaded ? none : 'Looking.'}</p>
      ) : (
        <Scroll label={`Table of ${name.toLowerCase()}`} isBounded>
          <table class="dense">
            <TableHead columns={heads} />
            <tbody>{children}</tbody>
          </table>
        </Scroll>
      )}
      {cursor === null ? null : (
        <button type="button" class="button quiet small" onClick={more}>
          More {name.toLowerCase()}
        </button>
      )}
    </>
  );
}

type MarkedDomain = { readonly domain: string; readonly mark: 'disposable' | 'allow'; readonly marked_at: string };

export function MarksPart() {
  const pages = usePages<MarkedDomain>(async (cursor) => {
    const page = await adminCall<{ readonly domains: readonly MarkedDomain[]; readonly cursor: string | null }>({
      path: '/v1/domains',
      query: { cursor: cursor ?? undefined },
    });
    return { items: page.domains, cursor: page.cursor };
  }, null);
  const pathOf = (domain: string): string => `/v1/domains/${encodeURIComponent(domain)}`;
  return (
    <section class="part stack" aria-labelledby="marks-title">
      <h2 id="marks-title">Disposable marks</h2>
      <p class="small soft">
        Your word on a domain goes before the lists of disposable domains: <b>disposable</b> makes its addresses risky,{' '}
        <b>allow</b> takes it off the lists.
      </p>
      <form
        class="fields"
        onSubmit={(event: Event) => {
          event.preventDefault();
          const form = event.target as HTMLFormElement;
          const fields = new FormData(form);
          void pages.act(async () => {
            await adminCall({
              method: 'PUT',
              path: pathOf(String(fields.get('domain')).trim()),
              json: { mark: String(fields.get('mark')) },
            });
            form.reset();
          });
        }}
      >
        <label>
          Domain
          <input
            name="domain"
            required
            maxlength={253}
            placeholder="example.com"
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <label>
          Mark
          <select name="mark">
            <option value="disposable">disposable</option>
            <option value="allow">allow</option>
          </select>
        </label>
        <button type="submit" class="button">
          Set mark
        </button>
      </form>
      <Table name="Marks" none="No domain is marked." heads={['Domain', 'Mark', 'Since', 'Actions']} pages={pages}>
        {pages.items.map(({ domain, mark, marked_at }) => (
          <tr key={domain}>
            <th scope="row">{domain}</th>
            <td>{mark}</td>
            <td>{new Date(marked_at).toLocaleDateString()}</td>
            <td class="acts">
              <button
                type="button"
                class="button quiet small"
                onClick={() => void pages.act(() => adminCall({ method: 'DELETE', path: pathOf(domain) }))}
              >
                Delete<span class="visually-hidden"> the mark of {domain}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

export function KeysPart() {
  const pages = usePages<UsedKey>(async (cursor) => {
    const page = await adminCall<{ readonly keys: readonly UsedKey[]; readonly cursor: string | null }>({
      path: '/v1/keys',
      query: { cursor: cursor ?? undefined },
    });
    return { items: page.keys, cursor: page.cursor };
  }, KEYS_MS);
  return (
    <section class="part stack" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys and their use</h2>
      <Table
        name="Keys"
        none="There is no key. The command line makes one: npx vrfy keys create."
        heads={['Key', 'Kind', 'For', 'Probes today', 'Since', 'Actions']}
        pages={pages}
      >
        {pages.items.map((key) => (
          <tr key={key.id}>
            <th scope="row" title={key.id}>
              {key.name ?? <code>{key.id}</code>}
            </th>
            <td>{key.kind}</td>
            <td>{key.email ?? (key.origins.join(', ') || '–')}</td>
            <td>
              <Use of={key} />
            </td>
            <td>{new Date(key.created_at).toLocaleDateString()}</td>
            <td class="acts">
              <button
                type="button"
                class="button quiet small"
                onClick={() => {
                  if (!confirm('Revoke this key? It cannot be undone.')) return;
                  void pages.act(() => adminCall({ method: 'DELETE', path: `/v1/keys/${key.id}` }));
                }}
              >
                Revoke<span class="visually-hidden"> {key.name ?? key.id}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Use({ of: { kind, daily_quota, used_today } }: { readonly of: UsedKey }) {
  if (kind === 'test') return <span class="soft">spends nothing</span>;
  const used = used_today === null ? 'unknown' : number.format(used_today);
  if (daily_quota === null) return <span class="soft">{used}, no bound</span>;
  if (used_today === null) return <>unknown of {number.format(daily_quota)}</>;
  return (
    <span class="use">
      <progress max={Math.max(1, daily_quota)} value={used_today} aria-hidden="true" />
      {used} of {number.format(daily_quota)}
    </span>
  );
}

/** Of all keys. Those that are over are not shown: they are their owners'. */
export function ListsPart() {
  const pages = usePages<OpenList>(async (cursor) => {
    const page = await adminCall<{ readonly lists: readonly OpenList[]; readonly cursor: string | null }>({
      path: '/v1/lists/open',
      query: { cursor: cursor ?? undefined },
    });
    return { items: page.lists, cursor: page.cursor };
  }, LISTS_MS);
  return (
    <section class="part stack" aria-labelledby="lists-title">
      <h2 id="lists-title">Lists under way</h2>
      <Table
        name="Lists"
        none="No list is under way."
        heads={['List', 'Key', 'State', 'Done', 'Left', 'Made', 'Actions']}
        pages={pages}
      >
        {pages.items.map((list) => (
          <tr key={list.id}>
            <th scope="row" title={list.id}>
              {list.name ?? <code>{list.id}</code>}
            </th>
            <td>{list.key === null ? '–' : <code>{list.key}</code>}</td>
            <td>
              {list.state}
              {list.waiting_for === null ? '' : ` for ${list.waiting_for.replaceAll('_', ' ')}`}
            </td>
            <td>
              <span class="use">
                <progress max={Math.max(1, list.distinct)} value={list.done} aria-hidden="true" />
                {number.format(list.done)} of {number.format(list.distinct)}
              </span>
            </td>
            <td>{list.eta_seconds === null ? '–' : `${number.format(Math.ceil(list.eta_seconds / 60))} min`}</td>
            <td>{new Date(list.created_at).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' })}</td>
            <td class="acts">
              <button
                type="button"
                class="button quiet small"
                onClick={() => {
                  if (!confirm('Cancel this list? Its owner keeps what is known.')) return;
                  void pages.act(() => adminCall({ method: 'POST', path: `/v1/lists/${list.id}/cancel` }));
                }}
              >
                Cancel<span class="visually-hidden"> {list.name ?? list.id}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
