/**
 * Whether the provider documents that no mailbox of this name can exist: an underscore at Gmail, a hyphen at Fastmail.
 *
 * Only the providers' own consumer domains are checked (rows in edge/checks/provider-rules-table.ts): a customer's
 * domain is never judged, whichever provider takes its mail. Uncertain cases are left to the mail server, since a false
 * `invalid` turns a customer away and a missed one costs a probe. So a name is checked without its tag and without
 * quotation marks (RFC 5321 §4.1.2: `"anna"@` is `anna@`), unusual dots of a quoted name are not judged, and the
 * provider's own bounce address passes. Pure, linear in the length, never throws.
 */
import { unquoteLocal, withoutTag } from '../../shared/address.ts';
import { PROVIDER_RULES, type ProviderRule } from './provider-rules-table.ts';

export type BrokenProviderRule = {
  /** Stable: provider and kind of rule, such as `gmail_characters`. */
  readonly rule: string;
  /** One sentence for a person. Contains nothing of the address. */
  readonly detail: string;
};

/** Names of the provider itself (RFC 2142, RFC 5321 §4.5.1, and senders of bounces): rules for users do not apply. */
const SERVICE_NAMES: ReadonlySet<string> = new Set(['abuse', 'mailer-daemon', 'postmaster']);

/**
 * The documented rule that a local part breaks, or null if it breaks none that we know. Local part and domain as in
 * shared/address.ts: quotes kept, lower-case A-labels.
 */
export function brokenProviderRule(local: string, domain: string): BrokenProviderRule | null {
  const row = RULE_BY_DOMAIN.get(domain);
  if (row === undefined) return null;
  const name = withoutTag(unquoteLocal(local), row.tag);
  if (SERVICE_NAMES.has(name.toLowerCase())) return null;
  const { provider, characters, length } = row;
  if (!characters.pattern.test(name)) {
    return { rule: `${provider}_characters`, detail: characters.detail };
  }
  if (length === undefined) return null;
  const units = lengthOf(name, length.ignores);
  return units >= length.min && units <= length.max ? null : { rule: `${provider}_length`, detail: length.detail };
}

const RULE_BY_DOMAIN: ReadonlyMap<string, ProviderRule> = new Map(
  PROVIDER_RULES.flatMap((row) => row.domains.map((domain) => [domain, row] as const)),
);

function lengthOf(name: string, ignores: string | undefined): number {
  return ignores === undefined ? name.length : name.replaceAll(ignores, '').length;
}
