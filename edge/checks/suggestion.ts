/**
 * The address that may have been meant by a text, whether the text is an address or not; null if nothing better is known.
 * A question to a person, and never a verdict. Pure.
 */
import type { Address, ParsedAddress } from '../../shared/address.ts';
import { hintFor, plainSpelling } from './hint.ts';
import { suggestDomain } from './typo.ts';

/** @param domainMeant what `suggestDomain` says of the domain, if the caller has asked already */
export function addressMeant(address: Address, domainMeant?: string | null): string | null {
  const plain = plainSpelling(address);
  if (plain !== null) return plain;
  const domain = domainMeant === undefined ? suggestDomain(address.domain) : domainMeant;
  return domain === null ? null : `${address.local}@${domain}`;
}

export function suggestionFor(text: string, parsed: ParsedAddress): string | null {
  return parsed.ok ? addressMeant(parsed.address) : hintFor(text).address;
}
