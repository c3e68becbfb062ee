type Props = {
  /** Sentence for a person; null if there is no fault. */
  readonly text: string | null;
  /** Absent if trying again is not done by a button. */
  readonly onAgain?: () => void;
};

/** A fault, which those who hear the page are told at once. */
export function Fault({ text, onAgain }: Props) {
  if (text === null) return null;
  return (
    <p class="notice bad" role="alert">
      {text}
      {onAgain === undefined ? null : (
        <>
          {' '}
          <button type="button" class="button quiet small" onClick={onAgain}>
            Try again
          </button>
        </>
      )}
    </p>
  );
}
