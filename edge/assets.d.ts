/** Binary assets are bundled by wrangler's Data rule and arrive as the bytes they are. */
declare module '*.bin' {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** workerd has Node's Buffer under nodejs_compat; dns-packet needs one, and this much of it is used. */
declare module 'node:buffer' {
  export const Buffer: { from(octets: ArrayBufferLike, offset: number, length: number): Uint8Array };
}

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
