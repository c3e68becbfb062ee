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
    getAlarm(): Promise<number | null>;
    deleteAlarm(): Promise<void>;
    deleteAll(): Promise<void>;
    /** Runs writes as one: all of them or none. */
    transactionSync<T>(act: () => T): T;
  }

  export interface DurableObjectState {
    readonly storage: DurableObjectStorage;
    /** The classes that this worker exports, each of them as a binding to itself. */
    readonly exports: Readonly<Record<string, (options: { readonly props?: unknown }) => unknown>>;
    waitUntil(work: Promise<unknown>): void;
  }

  export abstract class DurableObject<Env> {
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
    constructor(ctx: DurableObjectState, env: Env);
  }
}
