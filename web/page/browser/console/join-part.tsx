import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { showCopyButtons } from '../copy.ts';
import { adminCall, sentenceOf } from './admin-api.ts';

type Made = { readonly token: string; readonly region: string; readonly expires_at: string };

/** A join token is shown once, in the command line that uses it up. */
export function JoinPart() {
  const [made, setMade] = useState<{ readonly line: string; readonly until: string; readonly region: string } | null>(
    null,
  );
  const [fault, setFault] = useState<string | null>(null);
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    if (root.current !== null) showCopyButtons(root.current);
  }, [made]);
  const make = async (fields: FormData): Promise<void> => {
    setFault(null);
    try {
      const region = String(fields.get('region')).trim();
      const name = String(fields.get('name')).trim();
      const { token, expires_at } = await adminCall<Made>({
        method: 'POST',
        path: '/v1/nodes/tokens',
        json: { region },
      });
      const line = `npx vrfy node join --edge ${location.origin} --token ${token} --id ${name}`;
      setMade({ line, region, until: new Date(expires_at).toLocaleTimeString([], { hour12: false }) });
    } catch (error) {
      setFault(sentenceOf(error));
    }
  };
  return (
    <section class="part stack" aria-labelledby="join-title" ref={root}>
      <h2 id="join-title">Add a node</h2>
      <form
        class="fields"
        onSubmit={(event: Event) => {
          event.preventDefault();
          void make(new FormData(event.target as HTMLFormElement));
        }}
      >
        <label>
          Region
          <input name="region" required pattern="[a-z0-9\-]{1,64}" placeholder="eu-central" autocomplete="off" />
        </label>
        <label>
          Name of the node
          <input name="name" required pattern="[a-z0-9\-]{1,64}" placeholder="fra1" autocomplete="off" />
        </label>
        <button type="submit" class="button">
          Make a join token
        </button>
      </form>
      {fault === null ? null : (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
      {made === null ? null : (
        <div class="stack" role="status">
          <p class="small">
            Run this on the machine of the node, in {made.region}. The token is good for one node until {made.until} and
            is shown this once.
          </p>
          <div class="copy">
            <pre id="join-line">{made.line}</pre>
            <button type="button" class="button quiet small" data-copy={made.line} hidden>
              Copy
            </button>
          </div>
        </div>
      )}
    </section>
  );
}
