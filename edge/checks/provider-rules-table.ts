/**
 * What providers document about the names in their own consumer domains, one row a provider.
 *
 * A rule stands here only if a page of the provider states it and no account is known to break it. What a provider asks
 * of new accounts is no rule where older accounts are exempt. Looked at and left out for that reason, or for want of a
 * page (2026-11-23):
 * - Microsoft, a letter first: names with a digit first are in use (github.com/mailgun/flanker/issues/60 and /pull/85).
 *   msn.com, passport.com and windowslive.com have names older than the page.
 * - Mail.ru, at least 4 and no mark at either end: older names are thought to break both (no page says so).
 * - Apple, 3 to 20: said of aliases one chooses; Hide My Email hands out other names at icloud.com.
 * - Yandex, a letter first: a telephone number is a documented alias. NetEase (163, 126) hands out numbers as well.
 * - Yahoo and AOL: only pages of long ago or of partners were found, and they say that older accounts differ.
 * - Zoho allows nearly everything. Proton, GMX, WEB.DE, mail.com, Tuta, QQ and Naver: no page of theirs was found.
 * One documented rule stands here in spite of reports: Gmail's minimum of 6. Names of 4, said to be of Google's own staff,
 * are reported in use (github.com/afair/email_address/issues/86 and /91); Google documents 6 to 30 without exception.
 * Read by edge/checks/provider-rules.ts. Data, no decisions.
 */
import { ALIAS_RULES } from '../../shared/alias-rules.ts';

export type ProviderRule = {
  readonly provider: string;
  /** The provider's own domains, lower-case. Never those of its customers, whose names have other rules. */
  readonly domains: readonly string[];
  /** From this character on it is a tag, to which no rule applies. */
  readonly tag: '+';
  readonly characters: {
    /** Matches a name whole, in linear time. */
    readonly pattern: RegExp;
    /** One sentence for a person. */
    readonly detail: string;
  };
  readonly length?: {
    readonly min: number;
    readonly max: number;
    /** A character that does not count. */
    readonly ignores?: string;
    readonly detail: string;
  };
  readonly source: string;
  /** The day on which a stored copy of the source was read. */
  readonly seen: string;
};

export const PROVIDER_RULES: readonly ProviderRule[] = [
  {
    provider: 'gmail',
    domains: ['gmail.com', 'googlemail.com'],
    tag: '+',
    characters: {
      pattern: /^[A-Za-z0-9.]*$/,
      detail: 'Gmail names have only the letters a to z, digits and dots.',
    },
    // The page does not say whether dots count towards the 30, so they do not.
    length: { min: 6, max: 30, ignores: '.', detail: 'Gmail names have 6 to 30 characters, dots not counted.' },
    source: 'https://support.google.com/mail/answer/9211434',
    seen: '2026-11-23',
  },
  {
    provider: 'microsoft',
    domains: microsoftDomains(),
    tag: '+',
    characters: {
      pattern: /^[A-Za-z0-9._-]*$/,
      detail: 'Outlook.com and Hotmail names have only the letters a to z, digits, dots, hyphens and underscores.',
    },
    // Microsoft's words as others quote them: the page itself is not in the stored copies.
    source: 'https://www.ttcs.tt/2013/05/21/can-email-addresses-be-just-a-few-characters/',
    seen: '2026-11-23',
  },
  {
    provider: 'mail_ru',
    domains: ['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru'],
    tag: '+',
    characters: {
      pattern: /^[A-Za-z0-9._-]*$/,
      detail: 'Mail.ru names have only the letters a to z, digits, dots, hyphens and underscores.',
    },
    length: { min: 1, max: 31, detail: 'Mail.ru names have at most 31 characters.' },
    source: 'https://help.mail.ru/engmail-help/registration/namepass',
    seen: '2026-11-23',
  },
  {
    provider: 'fastmail',
    // The page means all of Fastmail's hundred domains; some of them came to it with names of their own.
    domains: ['fastmail.com', 'fastmail.fm'],
    tag: '+',
    characters: { pattern: /^[^-]*$/, detail: 'Fastmail names never have a hyphen.' },
    source: 'https://www.fastmail.help/hc/en-us/articles/360060590533-How-to-change-a-username',
    seen: '2026-11-23',
  },
];

function microsoftDomains(): string[] {
  const domains = ALIAS_RULES.find((rule) => rule.provider === 'microsoft')?.domains ?? [];
  return domains.filter((domain) => /^(?:outlook|hotmail|live)\./.test(domain));
}
