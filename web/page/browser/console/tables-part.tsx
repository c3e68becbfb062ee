/** Marks, keys and lists: pages of records that are read when the console opens, and again after a change. */
import type { Child } from 'hono/jsx';
import { useEffect, useState } from 'hono/jsx/dom';
import type { ListPage, ListStatus } from '../../../../client/vrfy-client.ts';
import type { KeyReport } from '../../../../shared/api-key.ts';
import { Scroll } from '../../scroll.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';

type Page<T> = { readonly items: readonly T[]; readonly cursor: string | null };
type Loaded<T> = Page<T> & { readonly isLoaded: boolean; readonly fault: string | null };

/** @param read one page; null asks for the first */
function usePages<T>(read: (cursor: string | null) => Promise<Page<T>>) {
  const [state, setState] = useState<Loaded<T>>({ items: [], cursor: null, isLoaded: false, fault: null });
  const load = async (cursor: string | null): Promise<void> => {
    try {
      const page = await read(cursor);
      setState((before) => ({
        items: cursor === null ? page.items : [...before.items, ...page.items],
        cursor: page.cursor,
        isLoaded: true,
        fault: null,
      }));
    } catch (error) {
      setState((before) => ({ ...before, isLoaded: true, fault: sentenceOf(error) }));
    }
  };
  useEffect(() => void load(null), []);
  /** Acts, then reads the first page anew. */
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      await load(null);
    } catch (error) {
      setState((before) => ({ ...before, fault: sentenceOf(error) }));
    }
  };
  return { ...state, act, more: () => void load(state.cursor) };
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
      {fault === null ? null : (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
      {items.length === 0 ? (
        <p class="soft">{isLoaded ? none : 'Looking.'}</p>
      ) : (
        <Scroll label={`Table of ${name.toLowerCase()}`} isBounded>
          <table class="dense">
            <thead>
              <tr>
                {heads.map((head) => (
                  <th scope="col">{head}</th>
                ))}
              </tr>
            </thead>
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
  });
  const pathOf = (domain: string): string => `/v1/domains/${encodeURIComponent(domain)}`;
  return (
    <section class="part stack" aria-labelledby="marks-title">
      <h2 id="marks-title">Disposable marks</h2>
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
      <Table name="Marks" none="No domain is marked." heads={['Domain', 'Mark', 'Since', 'Act']} pages={pages}>
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
  const pages = usePages<KeyReport>(async (cursor) => {
    const page = await adminCall<{ readonly keys: readonly KeyReport[]; readonly cursor: string | null }>({
      path: '/v1/keys',
      query: { cursor: cursor ?? undefined },
    });
    return { items: page.keys, cursor: page.cursor };
  });
  return (
    <section class="part stack" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <Table
        name="Keys"
        none="There is no key. The command line makes one: npx vrfy keys create."
        heads={['Key', 'Kind', 'For', 'Probes a day', 'Since', 'Act']}
        pages={pages}
      >
        {pages.items.map(({ id, kind, name, email, origins, daily_quota, created_at }) => (
          <tr key={id}>
            <th scope="row">
              <code>{name ?? id}</code>
            </th>
            <td>{kind}</td>
            <td>{email ?? (origins.join(', ') || '–')}</td>
            <td class="number">{daily_quota === null ? 'no bound' : daily_quota}</td>
            <td>{new Date(created_at).toLocaleDateString()}</td>
            <td class="acts">
              <button
                type="button"
                class="button quiet small"
                onClick={() => {
                  if (!confirm('Revoke this key? It cannot be undone.')) return;
                  void pages.act(() => adminCall({ method: 'DELETE', path: `/v1/keys/${id}` }));
                }}
              >
                Revoke<span class="visually-hidden"> {name ?? id}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** Those that were made with the operator's token: the lists of others are theirs. */
export function ListsPart() {
  const pages = usePages<ListPage['lists'][number]>(async (cursor) => {
    const page = await adminCall<ListPage>({ path: '/v1/lists', query: { cursor: cursor ?? undefined } });
    return { items: page.lists, cursor: page.cursor };
  });
  return (
    <section class="part stack" aria-labelledby="lists-title">
      <h2 id="lists-title">Lists of the operator</h2>
      <Table name="Lists" none="No list was made with this token." heads={['List', 'State', 'Made']} pages={pages}>
        {pages.items.map(({ id, name, created_at }) => (
          <tr key={id}>
            <th scope="row">{name ?? id}</th>
            <td>
              <ListState id={id} />
            </td>
            <td>{new Date(created_at).toLocaleString()}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** Milliseconds between two looks at a list that runs. */
const LIST_LOOK_MS = 5_000;

function ListState({ id }: { readonly id: string }) {
  const [list, setList] = useState<ListStatus | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      const told = await adminCall<ListStatus>({ path: `/v1/lists/${id}`, signal: ended.signal }).catch(() => null);
      if (ended.signal.aborted || told === null) return;
      setList(told);
      if (told.finished_at === null) timer = setTimeout(() => void look(), LIST_LOOK_MS);
    };
    void look();
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [id]);
  if (list === null) return <>–</>;
  return (
    <>
      {list.state}, {list.done} of {list.distinct}
    </>
  );
}
