/**
 * The domain below which everything of the world lives. It is reserved (RFC 2606 §3) and has a real top-level domain, which
 * some verifiers check by a list.
 */
export const ZONE = 'example.org';

/** Name of the asker, with an address of its own; its senders live there. */
export const ASKER = `probe.${ZONE}`;
export const SENDER = `verify@${ASKER}`;
