/** Writes the id of a KV namespace into wrangler.toml, as `wrangler deploy` does where it may: one line, the rest as it was. */

/**
 * The file with the id, or null if it has no such binding without one.
 *
 * @param text of wrangler.toml
 * @param env environment, such as production
 */
export function withNamespaceId(text: string, env: string, binding: string, id: string): string | null {
  const lines = text.split('\n');
  const isTable = (line: string): boolean => line.trimStart().startsWith('[');
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== `[[env.${env}.kv_namespaces]]`) continue;
    const length = lines.slice(index + 1).findIndex(isTable);
    const end = length === -1 ? lines.length : index + 1 + length;
    const table = lines.slice(index + 1, end);
    const at = table.findIndex((entry) => entry.trim() === `binding = "${binding}"`);
    if (at === -1 || table.some((entry) => /^\s*id\s*=/.test(entry))) continue;
    return lines.toSpliced(index + 2 + at, 0, `id = "${id}"`).join('\n');
  }
  return null;
}
