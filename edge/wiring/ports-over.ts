/**
 * Ports with some of them replaced: a view over the others and no copy, which for thirty ports takes longer than most
 * verdicts. Whoever needs a copy must not spread such a view, since the others are not its own; it is laid over again.
 */
export function portsOver<P extends object, Own extends object>(ports: P, own: Own): Omit<P, keyof Own> & Own {
  return Object.assign(Object.create(ports), own);
}
