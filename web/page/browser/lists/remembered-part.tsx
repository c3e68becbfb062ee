import { useState } from 'hono/jsx/dom';
import { forgetList, hasExpired, rememberedLists } from './remembered-lists.ts';

/** The lists that were made in this browser. */
export function RememberedLists() {
  const [lists, setLists] = useState(rememberedLists);
  if (lists.length === 0) return null;
  return (
    <section class="part stack" aria-labelledby="yours">
      <h2 id="yours">Lists of this browser</h2>
      <ul class="remembered">
        {lists.map((list) => (
          <li key={list.id}>
            <a href={`/lists/${list.id}`}>{list.name}</a>
            <span class="soft small">
              {hasExpired(list, Date.now())
                ? 'expired'
                : new Date(list.createdAt).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })}
            </span>
            <button
              type="button"
              class="button quiet small"
              onClick={() => {
                forgetList(list.id);
                setLists(rememberedLists());
              }}
            >
              Forget<span class="visually-hidden"> {list.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
