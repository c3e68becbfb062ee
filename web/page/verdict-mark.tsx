/** A verdict as a shape, so that it can be told without its colour: a disc, a triangle, a square, a ring. */
import type { Verdict } from '../../shared/verdict.ts';

const SHAPES: Readonly<Record<Verdict, { readonly body: string; readonly sign: string; readonly isOutline: boolean }>> =
  {
    deliverable: { body: 'M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20z', sign: 'M7.5 12.5l3 3l6-6.5', isOutline: false },
    risky: { body: 'M12 2.5L23 21.5H1z', sign: 'M12 9v6M12 17.6v.4', isOutline: false },
    invalid: { body: 'M3 3h18v18H3z', sign: 'M8 8l8 8M16 8l-8 8', isOutline: false },
    unknown: {
      body: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z',
      sign: 'M9.3 9.6a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 2M12 16.8v.4',
      isOutline: true,
    },
  };

export function VerdictMark({ verdict }: { readonly verdict: Verdict }) {
  const { body, sign, isOutline } = SHAPES[verdict];
  return (
    <svg class={`mark ${verdict}`} width="20" height="20" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={body}
        fill={isOutline ? 'none' : 'currentColor'}
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linejoin="round"
      />
      <path
        d={sign}
        fill="none"
        stroke={isOutline ? 'currentColor' : 'var(--raised)'}
        stroke-width="2.1"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
