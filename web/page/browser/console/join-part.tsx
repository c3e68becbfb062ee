import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { isLoopbackHost } from '../../../../shared/loopback.ts';
import { showCopyButtons } from '../copy.ts';
import { Fault } from '../fault.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';
import { joinLine } from './join-line.ts';
import type { NodeStore } from './node-store.ts';

type JoinToken = { readonly token: string; readonly region: string; readonly expires_at: string };
type Made = {
  readonly id: string;
  readonly line: string;
  readonly until: string;
  readonly region: string;
  /** Whether a node of this name was there before: the edge then refuses the new one. */
  readonly isTaken: boolean;
};

const NAME = '[a-z0-9\\-]{1,64}';
const HOST_NAME = '([a-z0-9\\-]{1,63}\\.)+[a-z0-9\\-]{2,63}';

/** A join token is shown once, in the command line that uses it up. */
export function JoinPart({ store }: { readonly store: NodeStore }) {
  const isLocal = isLoopbackHost(location.hostname);
  const [made, setMade] = useState<Made | null>(null);
  const [joined, setJoined] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    if (root.current === null) return;
    showCopyButtons(root.current);
    if (made !== null) root.current.scrollIntoView({ block: 'nearest' });
  }, [made]);
  useEffect(() => {
    if (made === null || made.isTaken) return;
    const look = (): void => {
      if (!store.all().some(({ id }) => id === made.id)) return;
      setJoined(made.id);
      setMade(null);
    };
    look();
    return store.listen(look);
  }, [made, store]);
  const make = async (fields: FormData): Promise<void> => {
    setFault(null);
    setJoined(null);
    const field = (name: string): string => String(fields.get(name)).trim();
    const id = field('name');
    const isTaken = store.all().some((node) => node.id === id);
    try {
      const { token, region, expires_at } = await adminCall<JoinToken>({
        method: 'POST',
        path: '/v1/nodes/tokens',
        json: { region: field('region') },
      });
      const host = isLocal ? null : field('host');
      const line = joinLine({ edge: location.origin, token, id, host });
      setMade({ id, line, region, isTaken, until: new Date(expires_at).toLocaleTimeString([], { hour12: false }) });
    } catch (error) {
      setFault(sentenceOf(error));
    }
  };
  return (
    <section class="part stack" aria-labelledby="join-title" ref={root}>
      <h2 id="join-title">Add a node</h2>
      <p class="small soft">
        A node asks the mail servers. Say in which region it stands and what it is called, and run the command that you
        get.
        {isLocal ? null : (
          <>
            {' '}
            Its machine needs port 25 outwards, a host name with a PTR record, and a certificate for it:{' '}
            <a href="/docs/OPERATORS.md">for operators</a>.
          </>
        )}
      </p>
      <form
        class="fields"
        onSubmit={(event: Event) => {
          event.preventDefault();
          void make(new FormData(event.target as HTMLFormElement));
        }}
      >
        <label>
          Region
          <input name="region" required pattern={NAME} placeholder="eu-west" autocomplete="off" />
        </label>
        <label>
          Name of the node
          <input name="name" required pattern={NAME} placeholder="ams1" autocomplete="off" />
        </label>
        {isLocal ? null : (
          <label>
            Host name of its machine
            <input name="host" required pattern={HOST_NAME} placeholder="probe1.example.com" autocomplete="off" />
          </label>
        )}
        <button type="submit" class="button">
          Make a join token
        </button>
      </form>
      <Fault text={fault} />
      {joined === null ? null : (
        <p role="status">
          <b>{joined}</b> has joined. It stands in <a href="#nodes-title">the table of nodes</a>.
        </p>
      )}
      {made === null ? null : <JoinCommand made={made} isLocal={isLocal} />}
    </section>
  );
}

function JoinCommand({ made, isLocal }: { readonly made: Made; readonly isLocal: boolean }) {
  return (
    <div class="stack" role="status">
      <p class="small">
        {isLocal
          ? 'Run this in another terminal, in the folder of the project.'
          : `Run this on the machine of the node, in ${made.region}.`}{' '}
        The node then stands in the table above within ten seconds. The token is good for one node until {made.until}{' '}
        and is shown this once.
      </p>
      <div class="copy">
        <pre id="join-line">
          {made.line.split(/ (?=--)/).map((part, place) => (
            <>
              {place === 0 ? '' : ' '}
              <span class="whole">{part}</span>
            </>
          ))}
        </pre>
        <button type="button" class="button quiet small" data-copy={made.line} hidden>
          Copy
        </button>
      </div>
      {isLocal ? (
        <p class="small soft">
          If <code>npm start</code> has <code>--state DIR</code>, write that for <code>.vrfy</code>; if it has{' '}
          <code>--no-sandbox</code>, leave out <code>--settings</code>.
        </p>
      ) : null}
    </div>
  );
}
