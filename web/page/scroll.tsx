import type { Child } from 'hono/jsx';

type Props = {
  readonly label: string;
  /** True if it may be long, and what stands below must be near. */
  readonly isBounded?: boolean;
  readonly children: Child;
};

/** What may be wider than the page: it scrolls by itself, with the keyboard as well. */
export function Scroll({ label, isBounded = false, children }: Props) {
  return (
    <section class={isBounded ? 'scroll bounded' : 'scroll'} tabindex={0} aria-label={label}>
      {children}
    </section>
  );
}
