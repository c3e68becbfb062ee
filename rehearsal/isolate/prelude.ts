/** The import of the entry modules of a rehearsal, as one module: once it is evaluated, the limits are in place. */
import './globals.ts';

export { waitUntil } from './held-work.ts';
export { forwardEntrypoint, wrapEntrypoint, wrapHandler, wrapObject } from './wrap.ts';
