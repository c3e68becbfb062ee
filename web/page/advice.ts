/** What to do about an address, as the pages say it to a person. */
import { type Reason, reasonRow } from '../../shared/verdict.ts';

/** For reasons whose advice names fields or parameters of the API. */
const FOR_PERSONS: Readonly<Partial<Record<Reason, string>>> = {
  syntax: 'Ask the person to correct the address.',
  no_domain: 'Ask the person to correct the part after the @.',
  no_mx: 'Ask the person to correct the part after the @.',
  unconfirmed: 'Ask again later, or treat it as if the domain accepted every name: send with care.',
  paced: 'Ask again later: we ask this provider gently, and others were before you.',
  timeout: 'Ask again later.',
  unreachable: 'Ask again later; if it lasts for days, the domain takes no mail.',
  dns_failure: 'Ask again later.',
  not_probed: 'Ask again to have the mail server asked; if the quota of the day is spent, tomorrow.',
};

export function personAdvice(reason: Reason): string {
  return FOR_PERSONS[reason] ?? reasonRow(reason).advice;
}
