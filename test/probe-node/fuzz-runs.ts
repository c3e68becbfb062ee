/**
 * How many cases a fuzzing test tries: few enough for every run, and as many as `VRFY_FUZZ_RUNS` says for a nightly one
 * (`VRFY_FUZZ_RUNS=100000 vitest run test/probe-node`).
 */
const wanted = Number(process.env['VRFY_FUZZ_RUNS']);

/** Cases that need no socket. */
export const FUZZ_RUNS = wanted > 0 ? wanted : 2_000;
/** Sessions with a hostile server over a real socket. */
export const HOSTILE_RUNS = wanted > 0 ? wanted : 500;
/** Milliseconds that a fuzzing test may take: the nightly form takes its time. */
export const FUZZ_TIMEOUT_MS = wanted > 0 ? 3_600_000 : 240_000;
