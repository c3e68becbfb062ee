/**
 * What the objects of lists call: batches of addresses in an invocation of its own each, with bounds of its own.
 *
 * Before it: worker.ts, which exports it as `ListVerifier`; objects/list-object.ts, which calls it. After it: batch/verify-many.ts.
 * No other Worker needs it: `Verifier` is for those.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { parseAddress } from '../../shared/address.ts';
import { DEADLINE_MS_MAX } from '../../shared/job.ts';
import { asInvocation } from '../async/connections.ts';
import { ndjsonStream } from '../batch/ndjson.ts';
import { type ManyPorts, verifyMany } from '../batch/verify-many.ts';
import type { Env } from '../env.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import { faultLogOf } from '../http/fault-log.ts';
import { OF_THE_DOMAIN } from '../lists/free-pass.ts';
import type { CheckWishes, DomainFinding, ListChecks, RememberedFinding } from '../lists/list-work.ts';
import { isUsable } from '../memory/freshness.ts';
import type { Services } from './services.ts';

/** Milliseconds for a survey: what the DNS does not say by then it may say later. */
const SURVEY_DEADLINE_MS = 15_000;

const UNASKED: DomainFinding = { reason: null, provider: null };

export function listVerifierOf(servicesOf: (env: Env) => Promise<Services>) {
  return class ListVerifier extends WorkerEntrypoint<Env> implements ListChecks {
    async survey(emails: readonly string[]): Promise<readonly DomainFinding[]> {
      const { gather, rightOfWay } = await servicesOf(this.env);
      const found = emails.map(() => UNASKED);
      // Memory is left out: it knows of the one address, and this is about its domain.
      const options: ClimbOptions = { deadlineMs: SURVEY_DEADLINE_MS, maxAgeSeconds: 0, smtp: false, recheck: null };
      const note: Parameters<typeof verifyMany>[3] = ({ reason, mx, index }) => {
        const finding = { reason: OF_THE_DOMAIN.has(reason) ? reason : null, provider: mx?.provider ?? null };
        for (const at of index) found[at] = finding;
      };
      const never = new AbortController().signal;
      await asInvocation(() =>
        verifyMany(emails, options, this.#portsOf(gather, null, rightOfWay.giveWay), note, never),
      );
      return found;
    }

    async recall(emails: readonly string[]): Promise<readonly (RememberedFinding | null)[]> {
      const { gather } = await servicesOf(this.env);
      const gone = new AbortController();
      const { ports, finish } = gather(gone.signal);
      const nowMs = ports.nowMs();
      const look = async (email: string): Promise<RememberedFinding | null> => {
        const parsed = parseAddress(email);
        if (!parsed.ok) return null;
        const { address } = parsed.address;
        const remembered = ports.atHand(address) ?? (await ports.recall(address));
        if (remembered === null || !isUsable(remembered, null, nowMs)) return null;
        const { reason, checked_at } = remembered;
        return { reason, atMs: Date.parse(checked_at) };
      };
      const found = await asInvocation(() => Promise.all(emails.map(look)));
      finish();
      return found;
    }

    async check(emails: readonly string[], { payer, recheck }: CheckWishes): Promise<ReadableStream<Uint8Array>> {
      const services = await servicesOf(this.env);
      const wishes = {
        deadlineMs: DEADLINE_MS_MAX,
        maxAgeSeconds: null,
        smtp: true,
        recheck,
        priority: 'bulk' as const,
      };
      return asInvocation(() =>
        ndjsonStream((say, signal) =>
          verifyMany(emails, wishes, this.#manyPorts(services, payer, emails), say, signal),
        ),
      );
    }

    #manyPorts(services: Services, payer: CheckWishes['payer'], { length }: readonly string[]): ManyPorts {
      const { giveWay } = services.rightOfWay;
      if (payer.kind === 'test') return this.#portsOf(services.testAnswers().gather, null, giveWay);
      // On a machine of one's own there is one client.
      const charged = payer.kind === 'local' ? { kind: 'anonymous' as const, address: () => 'local' } : payer;
      const { quotas, gather } = services;
      const reservation = quotas.reservationFor(charged, length, this.#waitUntil);
      const payment = quotas.paymentFor(charged, reservation, length, this.#waitUntil);
      return this.#portsOf(gather, payment, giveWay);
    }

    /** The list asks again by itself: a recheck of the edge's own beside it would ask the mail server twice. */
    #portsOf(
      gather: ManyPorts['gather'],
      quota: ManyPorts['quota'],
      giveWay: Services['rightOfWay']['giveWay'],
    ): ManyPorts {
      return {
        gather: (signal) => {
          const gathering = gather(signal, undefined, giveWay);
          return { ...gathering, ports: { ...gathering.ports, scheduleRecheck: async () => {} } };
        },
        quota,
        names: null,
        waitUntil: this.#waitUntil,
        onFault: faultLogOf(),
      };
    }

    readonly #waitUntil = (work: Promise<unknown>): void => this.ctx.waitUntil(work);
  };
}
