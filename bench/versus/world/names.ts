/** Name of the asker, with an address of its own; its senders live there. */
export const ASKER = 'probe.bench';
export const SENDER = `verify@${ASKER}`;
