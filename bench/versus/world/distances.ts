/** Round trip to the distant hosts of the cost part. */
export const RTT_MS = 50;

/** Second octet of the addresses near and far. */
export const NEAR_OCTET = 78;
export const FAR_OCTET = 79;
