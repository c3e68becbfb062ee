/** The part of the runtime's own module that is used here. */
declare module 'cloudflare:workers' {
  /** From the context of the request that is being served. */
  export function waitUntil(work: Promise<unknown>): void;

  export abstract class WorkerEntrypoint<Env> {
    protected readonly ctx: { waitUntil(work: Promise<unknown>): void };
    protected readonly env: Env;
    constructor(ctx: WorkerEntrypoint<Env>['ctx'], env: Env);
  }
}
