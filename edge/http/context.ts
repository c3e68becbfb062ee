/**
 * The contents of Hono's context: the bindings in `c.env`, and in `c.var` the facts that middleware adds about the request.
 *
 * The route table (app.ts) says which middleware runs before which route.
 */
import type { Trace } from '../../shared/trace.ts';
import type { Env } from '../env.ts';
import type { Caller } from '../wiring/quotas.ts';
import type { Services } from '../wiring/services.ts';
import type { RequestLog } from './request-log.ts';

export type App = {
  Bindings: Env;
  Variables: {
    /** On every route: set by `tracing`. */
    trace: Trace;
    /** On every route: set by `logRequests`. */
    log: RequestLog;
    /** On routes that need settings: set by `withServices`. */
    services: Services;
    /**
     * On routes that look up disposable domains: set by `withNames`. Ends when these may be looked up; null if they may be now.
     */
    names: Promise<void> | null;
    /** On routes that callers use with or without a key: set by `authenticate`. */
    caller: Caller;
  };
};
