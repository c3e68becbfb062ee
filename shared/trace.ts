/**
 * W3C Trace Context: which request a piece of work belongs to, across caller, edge and node.
 *
 * A `traceparent` that the caller sends is gone on with where it is valid and replaced where it is not; what we pass on
 * names a span of our own. `tracestate` belongs to vendors and is not passed on (§3.3 allows that). A trace id says
 * nothing of an address. https://www.w3.org/TR/trace-context/ §3.2.
 */

/** Version, trace id, parent id, flags. A later version may have more after another hyphen (§3.2.4). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;
/** Longer than any version so far. */
const LENGTH_MAX = 256;
const TRACE_ID_OCTETS = 16;
const SPAN_ID_OCTETS = 8;
/** Sampled, and the trace id is random (§3.2.2.5). */
const FLAGS_OF_OURS = '03';

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

export type Trace = {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The header as it is passed on and given back. */
  readonly traceparent: string;
};

/** The caller's trace gone on with, or a new one. `fill` gives random octets. */
export function traceFrom(header: string | null, fill: (octets: Uint8Array<ArrayBuffer>) => void): Trace {
  const octets = new Uint8Array(TRACE_ID_OCTETS + SPAN_ID_OCTETS);
  fill(octets);
  // An id of zeros alone is none; one bit keeps a broken source of chance from making one.
  octets[TRACE_ID_OCTETS - 1] = (octets[TRACE_ID_OCTETS - 1] ?? 0) | 1;
  octets[TRACE_ID_OCTETS] = (octets[TRACE_ID_OCTETS] ?? 0) | 1;
  const given = header === null ? null : readTraceparent(header);
  const id = given?.id ?? hex(octets, 0, TRACE_ID_OCTETS);
  const spanId = hex(octets, TRACE_ID_OCTETS, octets.length);
  return { id, traceparent: `00-${id}-${spanId}-${given?.flags ?? FLAGS_OF_OURS}` };
}

/** The trace id of a `traceparent`, or null where it is none. */
export function traceIdOf(header: string | null): string | null {
  return header === null ? null : (readTraceparent(header)?.id ?? null);
}

function readTraceparent(header: string): { readonly id: string; readonly flags: string } | null {
  const match = header.length > LENGTH_MAX ? null : TRACEPARENT.exec(header);
  const [, version, id, flags, more] = match ?? [];
  if (id === undefined || flags === undefined || (version === '00' && more !== undefined)) return null;
  return { id, flags };
}

function hex(octets: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 1) text += HEX[octets[at] ?? 0];
  return text;
}
