/** The progress of a list on standard error: a bar on a terminal, else a line every five seconds and at each change of state. */
import { SingleBar } from 'cli-progress';
import type { ListStatus } from '../../client/api-types.ts';
import { inTime } from '../../shared/spoken-time.ts';
import { grouped, progressLine, stateText, verdictCounts } from './list-text.ts';

const LINE_MS = 5_000;
/** Milliseconds over which the rate is taken. */
const RATE_MS = 15_000;

export type Progress = {
  readonly show: (status: ListStatus) => void;
  /** Leaves the last figures where they are. */
  readonly end: () => void;
};

export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export function createProgress(stream: ProgressStream, nowMs: () => number): Progress {
  const rateOf = createRate(nowMs);
  return stream.isTTY === true ? createBar(stream, rateOf, nowMs) : createLines(stream, rateOf, nowMs);
}

type RateOf = (status: ListStatus) => number | null;

/** Verdicts a second of late; null if there was none. */
function createRate(nowMs: () => number): RateOf {
  const seen: { readonly atMs: number; readonly done: number }[] = [];
  return ({ done }) => {
    const atMs = nowMs();
    seen.push({ atMs, done });
    while (seen.length > 2 && atMs - (seen[0]?.atMs ?? 0) > RATE_MS) seen.shift();
    const first = seen[0] ?? { atMs, done };
    return done === first.done ? null : ((done - first.done) / (atMs - first.atMs)) * 1000;
  };
}

function createLines(stream: ProgressStream, rateOf: RateOf, nowMs: () => number): Progress {
  let last: { readonly atMs: number; readonly state: string } | null = null;
  return {
    show: (status) => {
      const perSecond = rateOf(status);
      const isNews = last === null || last.state !== status.state || nowMs() - last.atMs >= LINE_MS;
      if (!isNews) return;
      last = { atMs: nowMs(), state: status.state };
      stream.write(progressLine(status, perSecond, nowMs()));
    },
    end: () => {},
  };
}

function createBar(stream: ProgressStream, rateOf: RateOf, nowMs: () => number): Progress {
  const bar = new SingleBar({
    stream,
    format: '{bar} {percentage} %{rate}{eta_text}  {counts}  {doing}',
    barsize: 20,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    gracefulExit: false,
  });
  let isStarted = false;
  return {
    show: (status) => {
      const { distinct, done, eta_seconds, state, rows } = status;
      const perSecond = rateOf(status);
      const isReading = state === 'receiving' || state === 'reading';
      const payload = {
        rate: perSecond === null ? '' : `  ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`,
        eta_text: eta_seconds === null ? '' : `  done ${inTime(eta_seconds)}`,
        counts: isReading ? `${grouped(rows)} rows` : verdictCounts(status),
        doing: stateText(status, nowMs()),
      };
      if (!isStarted) bar.start(Math.max(1, distinct), done, payload);
      isStarted = true;
      bar.setTotal(Math.max(1, distinct));
      bar.update(done, payload);
    },
    end: () => {
      if (isStarted) bar.stop();
    },
  };
}
