import { describe, expect, test } from 'vitest';
import { createReplayGuard } from '../../../probe-node/http/replay-guard.ts';
import { Problem } from '../../../shared/problem.ts';
import { CLOCK_TOLERANCE_SECONDS } from '../../../shared/token.ts';

const NOW_MS = 1_800_000_000_000;
const NOW_SECONDS = NOW_MS / 1000;
/** As many as the guard remembers. */
const REMEMBERED = 100_000;

const claims = (jti: string, lifetimeSeconds = 30, issuedAtSeconds = NOW_SECONDS) => ({
  jti,
  issuedAtSeconds,
  expiresAtSeconds: NOW_SECONDS + lifetimeSeconds,
});

const STARTED_MS = NOW_MS - 3_600_000;

function codeOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

describe('a replay guard', () => {
  test('a replay guard lets a token through once', () => {
    const guard = createReplayGuard(null, STARTED_MS);
    expect(codeOf(() => guard(claims('token-1'), NOW_MS))).toBeNull();
    expect(codeOf(() => guard(claims('token-1'), NOW_MS))).toBe('token_replayed');
    expect(codeOf(() => guard(claims('token-2'), NOW_MS))).toBeNull();
  });

  test.each(['__proto__', 'constructor', 'toString'])('a replay guard knows nothing of %s before it came', (jti) => {
    const guard = createReplayGuard(null, STARTED_MS);
    expect(codeOf(() => guard(claims(jti), NOW_MS))).toBeNull();
    expect(codeOf(() => guard(claims(jti), NOW_MS))).toBe('token_replayed');
  });

  test('a replay guard is not fooled by another expiry of the same id', () => {
    const guard = createReplayGuard(null, STARTED_MS);
    guard(claims('token-1', 10), NOW_MS);
    expect(codeOf(() => guard(claims('token-1', 60), NOW_MS))).toBe('token_replayed');
  });

  test('a replay guard shares nothing with another guard', () => {
    createReplayGuard(null, STARTED_MS)(claims('token-1'), NOW_MS);
    expect(codeOf(() => createReplayGuard(null, STARTED_MS)(claims('token-1'), NOW_MS))).toBeNull();
  });
});

describe('a replay guard that has no memory of what was before it', () => {
  const startedMs = NOW_MS + 999;

  test('a replay guard that has no memory of what was before it refuses what was issued before the second it was started in', () => {
    const guard = createReplayGuard(null, startedMs);
    expect(codeOf(() => guard(claims('token-1', 30, NOW_SECONDS - 1), startedMs))).toBe('token_replayed');
  });

  test('a replay guard that has no memory of what was before it takes what was issued in the second it was started in: that may have been after it listened', () => {
    const guard = createReplayGuard(null, startedMs);
    expect(codeOf(() => guard(claims('token-1', 30, NOW_SECONDS), startedMs))).toBeNull();
  });
});

describe('a replay guard with a journal', () => {
  const used = { jti: 'token-1', expiresAtSeconds: NOW_SECONDS + 30 };

  test('a replay guard with a journal knows what was used before it', () => {
    const guard = createReplayGuard({ remembered: [used], isWhole: true, note: () => {} }, NOW_MS);
    expect(codeOf(() => guard(claims('token-1', 30, NOW_SECONDS - 1), NOW_MS))).toBe('token_replayed');
  });

  test('a replay guard with a journal takes an older token that was not used, if nothing is missing from the journal', () => {
    const guard = createReplayGuard({ remembered: [used], isWhole: true, note: () => {} }, NOW_MS);
    expect(codeOf(() => guard(claims('token-2', 30, NOW_SECONDS - 1), NOW_MS))).toBeNull();
  });

  test('a replay guard with a journal refuses every older token if something may be missing from it', () => {
    const guard = createReplayGuard({ remembered: [used], isWhole: false, note: () => {} }, NOW_MS);
    expect(codeOf(() => guard(claims('token-2', 30, NOW_SECONDS - 1), NOW_MS))).toBe('token_replayed');
  });

  test('a replay guard with a journal notes what it lets in, once, and nothing that it refuses', () => {
    const noted: unknown[] = [];
    const guard = createReplayGuard({ remembered: [used], isWhole: true, note: (one) => noted.push(one) }, NOW_MS);
    guard(claims('token-2'), NOW_MS);
    expect(codeOf(() => guard(claims('token-2'), NOW_MS))).toBe('token_replayed');
    expect(codeOf(() => guard(claims('token-1'), NOW_MS))).toBe('token_replayed');
    expect(noted).toEqual([{ jti: 'token-2', expiresAtSeconds: NOW_SECONDS + 30 }]);
  });
});

describe('a full replay guard', () => {
  function fullGuard() {
    const guard = createReplayGuard(null, STARTED_MS);
    for (let at = 0; at < REMEMBERED; at += 1) guard(claims(`token-${at}`), NOW_MS);
    return guard;
  }
  const forgetMs = NOW_MS + (30 + CLOCK_TOLERANCE_SECONDS) * 1000 + 1;

  test('a full replay guard refuses a new token as overload, and again: it is not let through unremembered', () => {
    const guard = fullGuard();
    expect(codeOf(() => guard(claims('one-more'), NOW_MS))).toBe('overloaded');
    expect(codeOf(() => guard(claims('one-more'), NOW_MS))).toBe('overloaded');
    expect(codeOf(() => guard(claims('token-0'), NOW_MS))).toBe('token_replayed');
  });

  test('a full replay guard remembers a token as long as a node with a slow clock would take it', () => {
    const guard = fullGuard();
    expect(codeOf(() => guard(claims('one-more'), forgetMs - 1))).toBe('overloaded');
  });

  test('a full replay guard makes room once its tokens could not be used any more', () => {
    const guard = fullGuard();
    expect(codeOf(() => guard(claims('one-more', 120), forgetMs))).toBeNull();
    expect(codeOf(() => guard(claims('one-more', 120), forgetMs))).toBe('token_replayed');
  });
});
