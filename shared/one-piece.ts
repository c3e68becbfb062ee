/**
 * A text in one piece. Engines keep a sum as its two parts and a slice as a view of the longer text; JSON in which there is
 * one of either takes twice as long to write, and a view keeps all of the longer text alive.
 */

/** The parts one after the other; two of them at least must not be empty. */
export function inOnePiece(...parts: readonly string[]): string {
  return parts.join('');
}
