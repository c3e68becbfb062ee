/** What is left of the quota of a key today. */
import type { QuotaReport } from '../../../client/vrfy-client.ts';
import { inTime } from '../../../shared/spoken-time.ts';
import { number } from '../number.ts';

export function QuotaLeft({ quota }: { readonly quota: QuotaReport }) {
  const { daily_quota: limit, remaining, reset_seconds: seconds } = quota;
  if (limit === null || remaining === null) return <p>This key has no bound.</p>;
  const used = Math.max(0, limit - remaining);
  return (
    <div class="stack">
      <p class="quota">
        <span class="figure">{number.format(remaining)}</span>{' '}
        <span class="soft">
          of {number.format(limit)} checks of mail servers are left today
          {seconds === null ? '' : `; all of them again ${inTime(seconds)}`}
        </span>
      </p>
      <progress value={used} max={Math.max(1, limit)} aria-label={`Used today: ${used} of ${limit}`} />
    </div>
  );
}
