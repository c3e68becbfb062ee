import { AskForKey } from './ask-for-key.tsx';
import { Fault } from './fault.tsx';
import { storeKey } from './stored-key.ts';

type Props = {
  /** Why the key at hand does not do, or null if there is none. */
  readonly fault: string | null;
  readonly onKey: () => void;
};

/** Asks for the key of the person; it is kept for the tab. */
export function KeyForm({ fault, onKey }: Props) {
  return (
    <form
      class="stack"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const key = new FormData(event.target as HTMLFormElement).get('key');
        storeKey(typeof key === 'string' ? key : '');
        onKey();
      }}
    >
      <Fault text={fault} />
      <label for="key">Your secret key; it stays in this tab</label>
      <div class="field">
        <input id="key" name="key" type="password" autocomplete="off" placeholder="vrfy_sk_…" required />
        <button type="submit" class="button">
          Go on
        </button>
      </div>
    </form>
  );
}

/** The same for those who may have no key yet. */
export function KeyNeeded(props: Props) {
  return (
    <div class="stack">
      <KeyForm {...props} />
      <AskForKey />
    </div>
  );
}
