/**
 * The part of the runtime's module that Durable Objects need. The types of @cloudflare/workers-types are global and
 * would undo the wall between runtimes.
 */
declare module 'cloudflare:workers' {
  /** A row as SQLite returns it. */
  type SqlValue = string | number | null | ArrayBuffer;

  export interface SqlStorage {
    exec(query: string, ...bindings: readonly SqlValue[]): Iterable<Record<string, SqlValue>>;
  }

  export interface DurableObjectStorage {
    readonly sql: SqlStorage;
    /** Milliseconds since 1970 at which `alarm` is called. */
    setAlarm(timeMs: number): Promise<void>;
    deleteAll(): Promise<void>;
  }

  export interface DurableObjectState {
    readonly storage: DurableObjectStorage;
  }

  export abstract class DurableObject<Env> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
}
