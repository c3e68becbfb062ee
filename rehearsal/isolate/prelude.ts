/** What the entry modules of a rehearsal import, as one module: the limits are in place when it has been evaluated. */
import './globals.ts';

export { forwardEntrypoint, wrapEntrypoint, wrapHandler, wrapObject } from './wrap.ts';
