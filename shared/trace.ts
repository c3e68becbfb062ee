/**
 * W3C Trace Context: relates the work of caller, edge and node to one request.
 *
 * A valid `traceparent` of the caller is continued, an invalid one replaced; the header that we pass on names a span of
 * our own. `tracestate` belongs to vendors and is not passed on (§3.3 allows that). A trace id says nothing of an
 * address. https://www.w3.org/TR/trace-context/ §3.2.
 */

/** Version, trace id, parent id, flags. A later version may have more after another hyphen (§3.2.4). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;
/** Longer than any version so far. */
const LENGTH_MAX = 256;
const TRACE_ID_DIGITS = 32;
const PARENT_ID_DIGITS = 16;
/** Sampled, and the trace id is random (§3.2.2.5). */
const FLAGS_OF_OURS = '03';

export type Trace = {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The header as we pass it on and return it in the answer. */
  readonly traceparent: string;
};

/** Continues the caller's trace, or starts one. `randomHex` returns the given number of random digits. */
export function traceFrom(header: string | null, randomHex: (digits: 16 | 32) => string): Trace {
  const given = header === null ? null : readTraceparent(header);
  const id = given?.id ?? randomHex(TRACE_ID_DIGITS);
  return { id, traceparent: `00-${id}-${randomHex(PARENT_ID_DIGITS)}-${given?.flags ?? FLAGS_OF_OURS}` };
}

/** The trace id of a `traceparent`, or null if it is invalid. */
export function traceIdOf(header: string | null): string | null {
  return header === null ? null : (readTraceparent(header)?.id ?? null);
}

function readTraceparent(header: string): { readonly id: string; readonly flags: string } | null {
  const match = header.length > LENGTH_MAX ? null : TRACEPARENT.exec(header);
  const [, version, id, flags, more] = match ?? [];
  if (id === undefined || flags === undefined || (version === '00' && more !== undefined)) return null;
  return { id, flags };
}
