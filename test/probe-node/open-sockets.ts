/** TCP sockets that a test must not leave behind: those of this process, listeners left out. */

/** For events at the other end of a socket. */
export const POLL = { interval: 2 };

/** Both ends of a connection count if both are ours. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Timers that would keep the process alive. */
export function runningTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
