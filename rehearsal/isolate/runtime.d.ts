/** The parts of the Workers runtime that the types of browsers lack. */
declare module 'cloudflare:workers' {
  export const env: Readonly<Record<string, unknown>>;
  export function waitUntil(work: Promise<unknown>): void;

  export interface ExecutionContext {
    waitUntil(work: Promise<unknown>): void;
  }

  export interface DurableObjectState extends ExecutionContext {
    /** Entrypoints of the Worker itself; a call makes a stub. */
    readonly exports: Readonly<Record<string, (options: object) => unknown>>;
    readonly storage: {
      /** Milliseconds since 1970. */
      setAlarm(timeMs: number): Promise<void>;
    };
  }

  export class WorkerEntrypoint<Env = unknown> {
    protected readonly ctx: ExecutionContext;
    protected readonly env: Env;
    constructor(ctx: ExecutionContext, env: Env);
  }

  export class DurableObject<Env = unknown> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
}

/** A stream of octets that passes on each chunk as it is. */
declare class IdentityTransformStream extends TransformStream<Uint8Array, Uint8Array> {}
