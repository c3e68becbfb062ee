/** Text of a server, an edge or a caller, made safe for a terminal. */

/** Replaces control, format (bidirectional among them) and line-separating characters. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

/** JSON on one line; escapes the C1 controls too, which JSON leaves as they are. */
export function toJsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `${escaped}\n`;
}
