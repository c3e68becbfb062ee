/** Says that a list is gone, and why as far as this browser knows it. The edge has deleted all, and with it the reason. */
import { KeyForm } from '../key-form.tsx';
import { forgetList, hasExpired, type RememberedList, rememberedLists } from './remembered-lists.ts';
import { dateOf } from './spoken-date.ts';

export function GoneList({ id, onKey }: { readonly id: string; readonly onKey: () => void }) {
  const list = rememberedLists().find((each) => each.id === id);
  if (list !== undefined && hasExpired(list, Date.now())) return <Expired list={list} />;
  return (
    <div class="stack">
      <h1>No such list</h1>
      <p class="lead">It was deleted, its time is over, or another key made it.</p>
      <KeyForm fault={null} onKey={onKey} />
      <p>
        <a href="/lists">Lists of this browser</a>
      </p>
    </div>
  );
}

function Expired({ list: { id, name, expiresAt = '' } }: { readonly list: RememberedList }) {
  return (
    <div class="stack">
      <h1>This list has expired</h1>
      <p class="lead">
        The edge kept {name} until {dateOf(expiresAt)}, and has deleted it with all its results. A file that you
        downloaded is still yours.
      </p>
      <p class="actions">
        <a class="button" href="/lists">
          Clean a file
        </a>
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            forgetList(id);
            location.assign('/lists');
          }}
        >
          Forget this list
        </button>
      </p>
    </div>
  );
}
