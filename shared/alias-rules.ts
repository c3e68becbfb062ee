/**
 * Spellings of an address that belong to one owner, provider by provider, as each provider documents it.
 *
 * Every row needs a page of the provider that says so (`source`). Observed behaviour of a server is no reason for a
 * row: two addresses merged by mistake are two people taken for one. One owner is not one answer: `ada@mac.com` may be
 * refused while `ada@icloud.com` is accepted, so a verdict never goes from one spelling to the other. Domains in one
 * row with `mergesInto` have one set of names; without it each domain is its own (anna@outlook.com and anna@hotmail.com
 * are two people).
 *
 * Checked and left out for lack of a page (2026-11-28): tags at Zoho, GMX, AOL and Yahoo (`+`), dots at Microsoft. Read
 * by shared/canonical.ts. Data, no decisions.
 */

export type AliasRule = {
  readonly provider: string;
  readonly domains: readonly string[];
  /** The domain that stands for all of them: the same local part has one owner, though not every one need be live. */
  readonly mergesInto?: string;
  /** Everything from this character on is a tag: addresses that differ in the tag alone belong to one owner. */
  readonly tag: '+' | '-';
  /**
   * Owner of the spelling without the tag: `same`, the owner of the tagged ones; `another`, perhaps another person,
   * since the part before the mark is not an account's name.
   */
  readonly bareOwner: 'same' | 'another';
  /** Characters that the provider ignores. */
  readonly ignores?: string;
  /** Characters that the provider treats as one: each is written as the first. */
  readonly alike?: string;
  /** `tag@name.domain` is `name@domain`. */
  readonly hasSubdomains?: true;
  /** Pages of the provider: on tags first, then on dots, domains and owners. */
  readonly source: readonly string[];
};

const FASTMAIL_DOMAINS =
  'fastmail.com fastmail.fm 123mail.org 150mail.com 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com airpost.net ' +
  'allmail.net bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net emailengine.org emailgroups.net ' +
  'emailplus.org emailuser.net eml.cc f-m.fm fast-email.com fast-mail.org fastem.com fastemail.us fastemailer.com ' +
  'fastest.cc fastimap.com fastmail.cn fastmail.co.uk fastmail.com.au fastmail.de fastmail.es fastmail.fr fastmail.im ' +
  'fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org fastmail.se fastmail.to fastmail.tw ' +
  'fastmail.uk fastmail.us fastmailbox.net fastmessaging.com fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com ' +
  'ftml.net h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org inoutbox.com internet-e-mail.com ' +
  'internet-mail.org internetemails.net internetmailing.net jetemail.net justemail.net letterboxes.org ' +
  'mail-central.com mail-page.com mailandftp.com mailas.com mailbolt.com mailc.net mailcan.com mailforce.net ' +
  'mailftp.com mailhaven.com mailingaddress.org mailite.com mailmight.com mailnew.com mailsent.net mailservice.ms ' +
  'mailup.net mailworks.org ml1.net mm.st myfastmail.com mymacmail.com nospammail.net ownmail.net petml.com pobox.com ' +
  'postinbox.com postpro.net proinbox.com promessage.com realemail.net reallyfast.biz reallyfast.info rushpost.com ' +
  'sent.as sent.at sent.com speedpost.net speedymail.org ssl-mail.com swift-mail.com the-fastest.net the-quickest.com ' +
  'theinternetemail.com veryfast.biz veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com';

const MICROSOFT_DOMAINS =
  'outlook.com outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.nz outlook.co.th outlook.com.ar ' +
  'outlook.com.au outlook.com.br outlook.com.gr outlook.com.pe outlook.com.tr outlook.com.vn outlook.cz outlook.de ' +
  'outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv ' +
  'outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk hotmail.com hotmail.at hotmail.be hotmail.ca ' +
  'hotmail.ch hotmail.cl hotmail.co.id hotmail.co.il hotmail.co.jp hotmail.co.kr hotmail.co.nz hotmail.co.th ' +
  'hotmail.co.uk hotmail.co.za hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.tr ' +
  'hotmail.com.tw hotmail.com.vn hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr ' +
  'hotmail.hu hotmail.it hotmail.jp hotmail.lt hotmail.lv hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.pt ' +
  'hotmail.rs hotmail.ru hotmail.se hotmail.sg hotmail.sk live.com live.at live.be live.ca live.ch live.cl live.cn ' +
  'live.co.kr live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.my live.com.ph live.com.pt ' +
  'live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se ' +
  'msn.com passport.com windowslive.com';

const YAHOO_DOMAINS =
  'yahoo.com yahoo.at yahoo.be yahoo.bg yahoo.ca yahoo.cl yahoo.co.hu yahoo.co.id yahoo.co.il yahoo.co.in yahoo.co.jp ' +
  'yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn ' +
  'yahoo.com.co yahoo.com.hk yahoo.com.hr yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg ' +
  'yahoo.com.tr yahoo.com.tw yahoo.com.ua yahoo.com.ve yahoo.com.vn yahoo.cn yahoo.cz yahoo.de yahoo.dk yahoo.ee ' +
  'yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.lt yahoo.lv yahoo.nl ' +
  'yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.rs yahoo.se yahoo.si yahoo.sk myyahoo.com rocketmail.com ymail.com y7mail.com';

export const ALIAS_RULES: readonly AliasRule[] = [
  {
    provider: 'google',
    // A name at one of the two domains was never given to another person at the other, in Germany and Britain neither.
    domains: ['gmail.com', 'googlemail.com'],
    mergesInto: 'gmail.com',
    tag: '+',
    bareOwner: 'same',
    ignores: '.',
    source: [
      'https://support.google.com/mail/answer/12096',
      'https://support.google.com/mail/answer/7436150',
      'https://support.google.com/mail/answer/10313',
    ],
  },
  {
    provider: 'microsoft',
    domains: MICROSOFT_DOMAINS.split(' '),
    tag: '+',
    bareOwner: 'same',
    source: [
      'https://support.microsoft.com/office/add-or-remove-an-email-alias-in-outlook-com-459b1989-356d-40fa-a689-8f285b13f1f2',
    ],
  },
  {
    provider: 'apple',
    // Accounts since 19 September 2012 have icloud.com only; those before have the same name at the other domains.
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mergesInto: 'icloud.com',
    tag: '+',
    bareOwner: 'same',
    source: ['https://support.apple.com/guide/icloud/mm6b1a490a/icloud', 'https://support.apple.com/118230'],
  },
  {
    provider: 'proton',
    // pm.me and proton.me exist only for users who activated them; the name is not given to anyone else.
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    mergesInto: 'proton.me',
    tag: '+',
    bareOwner: 'same',
    ignores: '.-_',
    source: [
      'https://proton.me/support/creating-aliases',
      'https://proton.me/support/addresses-and-aliases',
      'https://proton.me/support/change-username',
    ],
  },
  {
    provider: 'fastmail',
    domains: FASTMAIL_DOMAINS.split(' '),
    tag: '+',
    bareOwner: 'same',
    hasSubdomains: true,
    source: ['https://www.fastmail.help/hc/en-us/articles/360060591053'],
  },
  {
    provider: 'yandex',
    domains: [
      ...[
        'yandex.ru',
        'ya.ru',
        'yandex.az',
        'yandex.by',
        'yandex.co.il',
        'yandex.com',
        'yandex.com.am',
        'yandex.com.ge',
      ],
      ...[
        'yandex.com.tr',
        'yandex.com.ua',
        'yandex.ee',
        'yandex.fr',
        'yandex.kg',
        'yandex.kz',
        'yandex.lt',
        'yandex.lv',
      ],
      ...['yandex.md', 'yandex.tj', 'yandex.tm', 'yandex.ua', 'yandex.uz'],
    ],
    mergesInto: 'yandex.ru',
    tag: '+',
    bareOwner: 'same',
    alike: '-.',
    source: [
      'https://yandex.com/support/yandex-360/customers/mail/en/reg',
      'https://yandex.com/support/yandex-360/customers/mail/en/web/security/strange-letters.html',
      'https://yandex.com/support/yandex-360/customers/mail/en/web/preferences/about-sender/additional-addresses',
    ],
  },
  {
    provider: 'yahoo',
    domains: YAHOO_DOMAINS.split(' '),
    // A disposable address is a nickname, a hyphen and a keyword. The nickname is the owner's, but no account's name.
    tag: '-',
    bareOwner: 'another',
    source: ['https://help.yahoo.com/kb/SLN28815.html'],
  },
  {
    provider: 'mailbox.org',
    domains: ['mailbox.org'],
    tag: '+',
    bareOwner: 'same',
    source: ['https://kb.mailbox.org/en/private/e-mail-article/what-is-an-alias-and-how-do-i-use-it'],
  },
  {
    provider: 'posteo',
    domains: ['posteo.de', 'posteo.net', 'posteo.at', 'posteo.ch', 'posteo.eu', 'posteo.org'],
    tag: '+',
    bareOwner: 'same',
    source: ['https://posteo.de/en/help/what-is-the-plus-sign-extension'],
  },
  {
    provider: 'runbox',
    domains: ['runbox.com', 'runbox.no', 'runbox.us', 'rbox.me', 'rbox.co', 'mailhost.work', 'offshore.rocks'],
    tag: '+',
    bareOwner: 'same',
    hasSubdomains: true,
    source: ['https://help.runbox.com/sub-addressing/'],
  },
  {
    provider: 'mailfence',
    domains: ['mailfence.com'],
    tag: '+',
    bareOwner: 'same',
    source: ['https://kb.mailfence.com/kb/what-is-plus-addressing/'],
  },
  { provider: 'hey', domains: ['hey.com'], tag: '+', bareOwner: 'same', source: ['https://www.hey.com/faqs/'] },
];
