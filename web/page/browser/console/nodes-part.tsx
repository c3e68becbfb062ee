import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { NodeReport, NodeState } from '../../../../shared/enrolment.ts';
import { number } from '../../number.ts';
import { Scroll } from '../../scroll.tsx';
import { figures, TableHead } from '../../table-head.tsx';
import { Fault } from '../fault.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';
import { createNodeRows, type NodeWish } from './node-rows.ts';
import { type NodeStore, useStore } from './node-store.ts';

const STATES: readonly NodeState[] = ['active', 'joining', 'draining', 'resting', 'lost'];

const HEADS = ['Node', 'State', 'Region', ...['Load', 'p50', 'p95', 'Heard'].map(figures), 'Version', 'Actions'];

export function NodesPart({ store }: { readonly store: NodeStore }) {
  const isEmpty = useStore(store, () => store.all().length === 0);
  const [fault, setFault] = useState<string | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    if (body.current === null) return;
    const act = async (id: string, wish: NodeWish): Promise<void> => {
      if (wish === 'removed' && !confirm(`Remove ${id}? It needs a new join token to come back.`)) return;
      setFault(null);
      await actOn(store, id, wish).catch((error: unknown) => setFault(sentenceOf(error)));
    };
    const rows = createNodeRows(body.current, act);
    rows.show(store.all(), new Set());
    return store.listen((changed) => rows.show(store.all(), changed));
  }, [store]);
  return (
    <section class="part stack" aria-labelledby="nodes-title">
      <div class="line">
        <h2 id="nodes-title">Nodes</h2>
        <a class="small" href="#join-title">
          Add a node
        </a>
      </div>
      <Summary store={store} />
      <p class="soft" hidden={!isEmpty}>
        There is no node. <a href="#join-title">Add one</a>.
      </p>
      <div class="stack" hidden={isEmpty}>
        <Scroll label="Table of nodes" isBounded>
          <table class="dense nodes">
            <TableHead columns={HEADS} />
            <tbody ref={body} />
          </table>
        </Scroll>
        <p class="small soft">
          Load: jobs that run, of those that the node takes at once. p50 and p95: half of its jobs, and 95 of 100, took
          at most this long.
        </p>
      </div>
      <Fault text={fault} />
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
        <b>{number.format(running)}</b> jobs running of {number.format(capacity)}
      </li>
    </ul>
  );
}

function State({ state }: { readonly state: NodeState }) {
  return <span class={`state ${state}`}>{state}</span>;
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
      // A drain was asked for: it is no trouble, and needs no remedy.
      .filter(({ state, findings }) => (state !== 'active' && state !== 'draining') || findings.length > 0),
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
  draining: '',
  resting: 'Its doctor forbids it to serve, or it speaks a protocol that this edge does not know: compare versions.',
  lost: 'No heartbeat for 35 seconds. Does it run, and does it reach this edge? Its log has the code of the last refusal.',
};

async function actOn(store: NodeStore, id: string, wish: NodeWish): Promise<void> {
  if (wish === 'removed') {
    await adminCall({ method: 'DELETE', path: pathOf(id) });
    return store.remove(id);
  }
  store.put(await adminCall<NodeReport>({ method: 'PATCH', path: pathOf(id), json: { state: wish } }));
}

function pathOf(id: string): string {
  return `/v1/nodes/${encodeURIComponent(id)}`;
}
