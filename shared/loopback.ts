/**
 * Whether the host of a URL is this machine: 127.0.0.0/8, ::1, and `localhost` with the names below it (RFC 6761 §6.3).
 *
 * @param host as `URL.hostname` has it: in lower case, IPv6 in brackets
 */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.[0-9.]+$/.test(host);
}
