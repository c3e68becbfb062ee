import type { Child } from 'hono/jsx';

/** What may be wider than the page: it scrolls by itself, with the keyboard as well. */
export function Scroll({ label, children }: { readonly label: string; readonly children: Child }) {
  return (
    <section class="scroll" tabindex={0} aria-label={label}>
      {children}
    </section>
  );
}
