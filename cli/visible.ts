/** What a server, an edge or a caller wrote must not steer the terminal. */

/** Control, format (bidirectional among them) and line-separating characters, made visible. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

/** JSON on one line; the C1 controls, which JSON leaves as they are, are escaped too. */
export function toJsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `${escaped}\n`;
}
