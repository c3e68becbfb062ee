/** What a test may not leave behind: TCP sockets of this process, listeners left out. */

/** For what the other end of a socket does in its own time. */
export const POLL = { interval: 2 };

/** Both ends of a connection count where both are ours. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Timers that would keep the process alive. */
export function runningTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
