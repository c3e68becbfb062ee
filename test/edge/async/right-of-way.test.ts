import { describe, expect, test } from 'vitest';
import { createRightOfWay } from '../../../edge/async/right-of-way.ts';

/** A clock that goes on by what is waited for; a pass of the event loop takes a millisecond. */
function createRoad() {
  const clock = { nowMs: 0, passes: 0 };
  const road = createRightOfWay({
    nowMs: () => clock.nowMs,
    async later(ms) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.passes += 1;
      clock.nowMs += Math.max(1, ms);
    },
  });
  return { clock, ...road };
}

describe('bulk work', () => {
  test('begins two pieces in each pass of the event loop if no form is expected', async () => {
    const { clock, giveWay } = createRoad();
    const beganAt: number[] = [];
    for (const _ of [1, 2, 3, 4, 5]) {
      await giveWay();
      beganAt.push(clock.passes);
    }
    expect(beganAt).toEqual([0, 1, 1, 2, 2]);
  });

  test('takes turns after a form, one piece for each pass of the event loop', async () => {
    const { clock, claim, giveWay } = createRoad();
    claim()();
    clock.nowMs = 100;
    const beganAt: number[] = [];
    const pieces = [1, 2, 3].map(() => giveWay().then(() => beganAt.push(clock.passes)));
    await Promise.all(pieces);
    expect(beganAt).toHaveLength(3);
    expect(new Set(beganAt).size).toBe(3);
  });

  test('waits until a form has its answer and the answer is out', async () => {
    const { clock, claim, giveWay } = createRoad();
    const leave = claim();
    let leftAtMs = 0;
    const piece = giveWay();
    while (clock.nowMs < 30) await new Promise((resolve) => setImmediate(resolve));
    leave();
    leftAtMs = clock.nowMs;
    await piece;
    expect(clock.nowMs).toBeGreaterThanOrEqual(leftAtMs + 25);
    expect(clock.nowMs).toBeLessThan(leftAtMs + 45);
  });

  test('sees a form that came in while it waited for its turn', async () => {
    const { clock, claim, giveWay } = createRoad();
    await giveWay();
    const piece = giveWay();
    const leave = claim();
    await piece.then(leave);
    expect(clock.nowMs).toBeGreaterThanOrEqual(250);
  });

  test('is not held up by a form that waits for a slow mail server', async () => {
    const { clock, claim, giveWay } = createRoad();
    claim();
    clock.nowMs = 250;
    await giveWay();
    expect(clock.nowMs).toBeLessThan(260);
  });

  test('that is mostly waiting needs no turn, and stands back for a form all the same', async () => {
    const { clock, claim, giveWay, standBack } = createRoad();
    const turn = giveWay();
    expect(standBack()).toBeNull();
    await turn;
    const leave = claim();
    const standing = standBack();
    leave();
    await standing;
    expect(clock.nowMs).toBeGreaterThanOrEqual(25);
  });

  test.each([
    ['rests for as long as the piece before it took, for a second after a form', 900, 40, 40],
    ['rests for a tenth of a second at most', 500, 400, 100],
    ['does not rest if the last form is longer ago', 1_100, 40, 0],
  ])('%s', async (_, sinceFormMs, pieceMs, restMs) => {
    const { clock, claim, giveWay } = createRoad();
    clock.nowMs = 10_000 - sinceFormMs - pieceMs;
    claim()();
    clock.nowMs = 10_000 - pieceMs;
    const first = giveWay();
    const second = giveWay();
    // The piece begins in its turn and keeps the thread: the clock goes on before the loop passes.
    await first.then(() => {
      clock.nowMs += pieceMs;
    });
    const doneMs = clock.nowMs;
    await second;
    expect(clock.nowMs - doneMs).toBeGreaterThanOrEqual(restMs);
    expect(clock.nowMs - doneMs).toBeLessThan(restMs + 10);
  });

  test('has half of the time if somebody asks always', async () => {
    const { clock, claim, giveWay } = createRoad();
    let leave = claim();
    const beganMs: number[] = [];
    while (clock.nowMs < 2_000) {
      leave();
      leave = claim();
      await giveWay();
      beganMs.push(clock.nowMs);
    }
    const gaps = beganMs.map((ms, at) => ms - (beganMs[at - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(260);
    const heldMs = gaps.filter((ms) => ms > 20).reduce((sum, ms) => sum + ms, 0);
    expect(heldMs).toBeGreaterThan(700);
    expect(heldMs).toBeLessThan(1_300);
  });
});
