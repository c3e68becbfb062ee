/**
 * Brings the operators' console to life: asks for the token, then shows the nodes as the stream of the edge tells them.
 */
import { render, useEffect, useState } from 'hono/jsx/dom';
import { VrfyError } from '../../../client/vrfy-client.ts';
import { adminCall, adminToken, keepAdminToken, sentenceOf, watchNodes } from './console/admin-api.ts';
import { HistoryPart } from './console/history-part.tsx';
import { JoinPart } from './console/join-part.tsx';
import { MatrixPart } from './console/matrix-part.tsx';
import { createNodeStore } from './console/node-store.ts';
import { NodesPart } from './console/nodes-part.tsx';
import { KeysPart, ListsPart, MarksPart } from './console/tables-part.tsx';
import { Fault } from './fault.tsx';

/** Milliseconds until the stream is asked for again, the first time and at most. */
const AGAIN_MS = 1_000;
const AGAIN_MS_MAX = 30_000;

const root = document.querySelector<HTMLElement>('#console');
if (root !== null) render(<Console />, root);

function Console() {
  const [token, setToken] = useState(adminToken());
  const [fault, setFault] = useState<string | null>(null);
  const leave = (reason: string | null): void => {
    keepAdminToken(null);
    setFault(reason);
    setToken(null);
  };
  if (token === null) {
    return (
      <TokenForm
        fault={fault}
        onToken={() => {
          setFault(null);
          setToken(adminToken());
        }}
      />
    );
  }
  return <Board onLeave={leave} />;
}

/** The token is tried before anything is shown. */
function TokenForm({ fault, onToken }: { readonly fault: string | null; readonly onToken: () => void }) {
  const [refusal, setRefusal] = useState(fault);
  const tryToken = async (token: string): Promise<void> => {
    keepAdminToken(token);
    try {
      await adminCall({ path: '/v1/nodes/history', query: { span: 'hour' } });
      onToken();
    } catch (error) {
      keepAdminToken(null);
      setRefusal(isRefused(error) ? 'This is not the admin token of this edge.' : sentenceOf(error));
    }
  };
  return (
    <form
      class="stack"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const token = new FormData(event.target as HTMLFormElement).get('token');
        void tryToken(typeof token === 'string' ? token : '');
      }}
    >
      <h1>Console</h1>
      <p class="lead">The nodes of this edge and who blocks them, its lists, its keys and its marks.</p>
      <label for="token">The admin token of this edge; it stays in this tab</label>
      <div class="field">
        <input id="token" name="token" type="password" autocomplete="off" required />
        <button type="submit" class="button">
          Open
        </button>
      </div>
      <Fault text={refusal} />
      <p class="soft small">
        <code>npm start</code> keeps it in <code>.vrfy/admin-token</code>; a deployed edge has the secret{' '}
        <code>ADMIN_TOKEN</code>.
      </p>
    </form>
  );
}

type Connected = { readonly isLive: boolean; readonly detail: string };

function Board({ onLeave }: { readonly onLeave: (reason: string | null) => void }) {
  const [store] = useState(createNodeStore);
  const [isFilled, setFilled] = useState(false);
  const [{ isLive, detail }, setConnected] = useState<Connected>({ isLive: false, detail: 'Connecting' });
  useEffect(() => {
    const ended = new AbortController();
    const follow = async (): Promise<void> => {
      for (let waitMs = AGAIN_MS; !ended.signal.aborted; waitMs = Math.min(AGAIN_MS_MAX, waitMs * 2)) {
        try {
          for await (const event of watchNodes(ended.signal)) {
            store.apply(event);
            if (event.ids === undefined) continue;
            setFilled(true);
            setConnected({ isLive: true, detail: 'Live' });
            waitMs = AGAIN_MS / 2;
          }
        } catch (error) {
          if (ended.signal.aborted) return;
          if (isRefused(error)) return onLeave('The edge does not take this token any more.');
          setConnected({ isLive: false, detail: `Connecting again. ${sentenceOf(error)}` });
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    };
    void follow();
    return () => ended.abort();
  }, [store]);
  return (
    <>
      <div class="line">
        <h1>Console</h1>
        <p class={`live small${isLive ? ' on' : ''}`} role="status">
          {detail}
        </p>
        <button type="button" class="button quiet small" onClick={() => onLeave(null)}>
          Forget the token
        </button>
      </div>
      {isFilled ? (
        <>
          <NodesPart store={store} />
          <MatrixPart store={store} />
        </>
      ) : null}
      <HistoryPart />
      <ListsPart />
      <KeysPart />
      <div class="pair">
        <JoinPart store={store} />
        <MarksPart />
      </div>
    </>
  );
}

function isRefused(error: unknown): boolean {
  return error instanceof VrfyError && (error.status === 401 || error.status === 403);
}
