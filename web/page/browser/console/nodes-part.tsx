import { useState } from 'hono/jsx/dom';
import type { NodeReport, NodeState } from '../../../../shared/enrolment.ts';
import { Scroll } from '../../scroll.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';
import { type NodeStore, useNode, useStore } from './node-store.ts';

const STATES: readonly NodeState[] = ['active', 'joining', 'draining', 'resting', 'lost'];

export function NodesPart({ store }: { readonly store: NodeStore }) {
  const ids = useStore(store, () => store.all().map(({ id }) => id));
  const [fault, setFault] = useState<string | null>(null);
  return (
    <section class="part stack" aria-labelledby="nodes-title">
      <h2 id="nodes-title">Nodes</h2>
      <Summary store={store} />
      {ids.length === 0 ? (
        <p class="soft">There is no node. Make a join token below.</p>
      ) : (
        <Scroll label="Table of nodes">
          <table class="dense">
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">State</th>
                <th scope="col">Region</th>
                <th scope="col" class="number">
                  Load
                </th>
                <th scope="col" class="number">
                  p50
                </th>
                <th scope="col" class="number">
                  p95
                </th>
                <th scope="col">Heard</th>
                <th scope="col">Version</th>
                <th scope="col">Act</th>
              </tr>
            </thead>
            <tbody>
              {ids.map((id) => (
                <NodeRow key={id} id={id} store={store} onFault={setFault} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {fault === null ? null : (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
      <Findings store={store} />
    </section>
  );
}

function Summary({ store }: { readonly store: NodeStore }) {
  const { counts, running, capacity, regions } = useStore(store, () => {
    const nodes = store.all();
    return {
      counts: STATES.map((state) => ({ state, count: nodes.filter((node) => node.state === state).length })),
      running: nodes.reduce((sum, { running_jobs = 0 }) => sum + running_jobs, 0),
      capacity: nodes.reduce((sum, { state, capacity: own = 0 }) => sum + (state === 'active' ? own : 0), 0),
      regions: new Set(nodes.map(({ region }) => region)).size,
    };
  });
  return (
    <ul class="legend" aria-label="Nodes by state">
      {counts
        .filter(({ state, count }) => count > 0 || state === 'active')
        .map(({ state, count }) => (
          <li>
            <b>{count}</b> <State state={state} />
          </li>
        ))}
      <li>
        <b>{regions}</b> {regions === 1 ? 'region' : 'regions'}
      </li>
      <li>
        <b>{running}</b> jobs running of {capacity}
      </li>
    </ul>
  );
}

function State({ state }: { readonly state: NodeState }) {
  return <span class={`state ${state}`}>{state}</span>;
}

type RowProps = { readonly id: string; readonly store: NodeStore; readonly onFault: (fault: string | null) => void };

function NodeRow({ id, store, onFault }: RowProps) {
  const node = useNode(store, id);
  const [isBusy, setBusy] = useState(false);
  if (node === undefined) return null;
  const act = (work: () => Promise<void>): void => {
    setBusy(true);
    onFault(null);
    work()
      .catch((error: unknown) => onFault(sentenceOf(error)))
      .finally(() => setBusy(false));
  };
  const wish = node.state === 'draining' ? 'active' : 'draining';
  const change = async (): Promise<void> => {
    store.put(await adminCall<NodeReport>({ method: 'PATCH', path: pathOf(id), json: { state: wish } }));
  };
  const remove = async (): Promise<void> => {
    await adminCall({ method: 'DELETE', path: pathOf(id) });
    store.remove(id);
  };
  const { p50_ms = null, p95_ms = null } = node.job_quantiles ?? {};
  return (
    <tr>
      <th scope="row">{node.id}</th>
      <td>
        <State state={node.state} />
      </td>
      <td>{node.region}</td>
      <td class="number">{node.capacity === undefined ? '–' : `${node.running_jobs} / ${node.capacity}`}</td>
      <td class="number">{duration(p50_ms)}</td>
      <td class="number">{duration(p95_ms)}</td>
      <td class="number">{clock(node.last_heartbeat_at)}</td>
      <td>{node.version ?? '–'}</td>
      <td class="acts">
        <button type="button" class="button quiet small" disabled={isBusy} onClick={() => act(change)}>
          {wish === 'active' ? 'Activate' : 'Drain'}
          <span class="visually-hidden"> {node.id}</span>
        </button>
        <button
          type="button"
          class="button quiet small"
          disabled={isBusy}
          onClick={() => {
            if (confirm(`Remove ${node.id}? It needs a new join token to come back.`)) act(remove);
          }}
        >
          Remove<span class="visually-hidden"> {node.id}</span>
        </button>
      </td>
    </tr>
  );
}

/** Why a node is not ready, or soon will not be, with the doctor's remedy. */
function Findings({ store }: { readonly store: NodeStore }) {
  const ill = useStore(store, () =>
    store
      .all()
      .map(({ id, state, findings }) => ({
        id,
        state,
        findings: findings.filter(({ level }) => level === 'fault' || level === 'warning'),
      }))
      .filter(({ state, findings }) => state !== 'active' || findings.length > 0),
  );
  if (ill.length === 0) return null;
  return (
    <details class="findings" open={ill.some(({ state }) => state === 'resting')}>
      <summary>
        {ill.length === 1 ? '1 node' : `${ill.length} nodes`} with something to look at: why, and the remedy
      </summary>
      <ul class="stack">
        {ill.map(({ id, state, findings }) => (
          <li>
            <h3>
              {id} <State state={state} />
            </h3>
            {findings.length === 0 ? <p class="small">{REASONS[state]}</p> : null}
            <ul class="small">
              {findings.map(({ check, level, detail, fix }) => (
                <li class={`finding ${level}`}>
                  <p>
                    <b>
                      {level}: {check.replaceAll('_', ' ')}
                    </b>
                    . {detail}
                  </p>
                  {fix === null ? null : <p class="fix">{fix}</p>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}

const REASONS: Readonly<Record<NodeState, string>> = {
  active: '',
  joining: 'It has joined and has not reported yet; a first heartbeat comes within ten seconds.',
  draining: 'It was told to take no new jobs. Activate it, or start it again if it is being stopped.',
  resting: 'Its doctor forbids it to serve, or it speaks a protocol that this edge does not know: compare versions.',
  lost: 'No heartbeat for 35 seconds. Does it run, and does it reach this edge? Its log has the code of the last refusal.',
};

function pathOf(id: string): string {
  return `/v1/nodes/${encodeURIComponent(id)}`;
}

function duration(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function clock(time: string | null): string {
  return time === null ? 'never' : new Date(time).toLocaleTimeString([], { hour12: false });
}
