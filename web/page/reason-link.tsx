/** A reason, with the page that explains it. */
export function ReasonLink({ reason }: { readonly reason: string }) {
  return (
    <a href={`/docs/reasons/${reason}`}>
      <code>{reason}</code>
    </a>
  );
}
