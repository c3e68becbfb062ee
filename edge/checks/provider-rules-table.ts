/**
 * Documented rules of providers for the names in their own consumer domains, one row per provider.
 *
 * A rule is here only if a page of the provider states it and no living mailbox is known to break it. A rule for new
 * accounts does not count if older accounts are exempt: then the mail server is asked. Examined and left out for that
 * reason, or for lack of a page (2026-11-28):
 * - Gmail, at least 6: accounts of 5 letters and fewer are in use (github.com/afair/email_address/issues/86 and /91,
 *   github.com/umuterturk/email-verifier/issues/4).
 * - Microsoft, a letter first: names with a digit first are in use (github.com/mailgun/flanker/issues/60 and /pull/85);
 *   an underscore or hyphen last as well (github.com/afair/email_address/issues/35,
 *   github.com/fnando/validators/pull/9). msn.com, passport.com and windowslive.com have names older than the page.
 * - Mail.ru, at least 4 and no mark at either end: older names are thought to break both (no page says so).
 * - Apple, 3 to 20: said of aliases one chooses; Hide My Email hands out other names at icloud.com.
 * - Yandex, a letter first: a telephone number is a documented alias. NetEase (163, 126) hands out numbers as well.
 * - Yahoo and AOL: only pages of long ago or of partners were found, and they say that older accounts differ.
 * - Fastmail, no dot: said of user names alone; other addresses at the same domains may have one.
 * - Zoho allows nearly everything. Proton, GMX, WEB.DE, mail.com, Tuta, QQ and Naver: no page of theirs was found.
 *
 * No report of a mailbox that breaks one of the rules below was found on that day. Read by
 * edge/checks/provider-rules.ts. Data, no decisions.
 */
import { ALIAS_RULES } from '../../shared/alias-rules.ts';

export type ProviderRule = {
  readonly provider: string;
  /** The provider's own domains, lower-case. Never those of its customers, whose names have other rules. */
  readonly domains: readonly string[];
  /** From this character on the name is a tag, to which no rule applies. */
  readonly tag: '+';
  readonly characters: {
    /** Matches the whole name, in linear time. */
    readonly pattern: RegExp;
    /** One sentence for a person. */
    readonly detail: string;
  };
  readonly length?: {
    readonly min: number;
    readonly max: number;
    /** A character that does not count towards the length. */
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
    // Old names may be shorter than the 6 of the page. It does not say whether dots count towards the 30: we do not
    // count them.
    length: { min: 1, max: 30, ignores: '.', detail: 'Gmail names have at most 30 characters, dots not counted.' },
    source: 'https://support.google.com/mail/answer/9211434',
    seen: '2026-11-28',
  },
  {
    provider: 'microsoft',
    domains: microsoftDomains(),
    tag: '+',
    characters: {
      pattern: /^[A-Za-z0-9._-]*$/,
      detail: 'Outlook.com and Hotmail names have only the letters a to z, digits, dots, hyphens and underscores.',
    },
    // The wording of the sign-up page, as quoted there.
    source:
      'https://answers.microsoft.com/en-us/outlook_com/forum/all/outlookcom-address-name-format/93ef4e1e-b055-4652-9a68-20b6643b1d92',
    seen: '2026-11-28',
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
    // Applies to user names and to all other addresses. The page means all of Fastmail's hundred domains; some of them
    // joined it with names of their own.
    domains: ['fastmail.com', 'fastmail.fm'],
    tag: '+',
    characters: { pattern: /^[^-]*$/, detail: 'Fastmail names never have a hyphen.' },
    source: 'https://www.fastmail.help/hc/en-us/articles/360060590533-How-to-change-a-username',
    seen: '2026-11-28',
  },
];

function microsoftDomains(): string[] {
  const domains = ALIAS_RULES.find((rule) => rule.provider === 'microsoft')?.domains ?? [];
  return domains.filter((domain) => /^(?:outlook|hotmail|live)\./.test(domain));
}
