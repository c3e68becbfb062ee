/**
 * Which spellings of an address reach the same mailbox, provider by provider, as each provider documents it.
 *
 * A row is here only with a page of the provider that says so (`source`). What a server merely happens to do is left
 * out: two addresses merged by mistake are two people taken for one. Domains in one row with `mergesInto` are names of
 * one mailbox; without it each domain is its own (anna@outlook.com and anna@hotmail.com are two people).
 * Read by shared/canonical.ts. Data, no decisions.
 */

export type AliasRule = {
  readonly provider: string;
  readonly domains: readonly string[];
  /** The domain that stands for all of them, where the same local part is the same mailbox. */
  readonly mergesInto?: string;
  /** Everything from this character on is a tag. */
  readonly tag?: '+' | '-';
  /** Characters that the provider does not look at. */
  readonly ignores?: string;
  /** Characters that the provider takes for one: each of them is written as the first. */
  readonly alike?: string;
  /** `tag@name.domain` is `name@domain`. */
  readonly hasSubdomains?: true;
  readonly source: string;
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
    domains: ['gmail.com', 'googlemail.com'],
    mergesInto: 'gmail.com',
    tag: '+',
    ignores: '.',
    source: 'https://support.google.com/mail/answer/7436150',
  },
  {
    provider: 'microsoft',
    domains: MICROSOFT_DOMAINS.split(' '),
    tag: '+',
    source: 'https://learn.microsoft.com/exchange/recipients-in-exchange-online/plus-addressing-in-exchange-online',
  },
  {
    provider: 'apple',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mergesInto: 'icloud.com',
    tag: '+',
    source: 'https://support.apple.com/guide/icloud/mm6b1a490a/icloud',
  },
  {
    provider: 'proton',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    mergesInto: 'proton.me',
    tag: '+',
    ignores: '.-_',
    source: 'https://proton.me/support/creating-aliases',
  },
  {
    provider: 'fastmail',
    domains: FASTMAIL_DOMAINS.split(' '),
    tag: '+',
    hasSubdomains: true,
    source: 'https://www.fastmail.help/hc/en-us/articles/360060591053',
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
    alike: '-.',
    source: 'https://yandex.com/support/mail/web/preferences/aliases.html',
  },
  {
    provider: 'yahoo',
    domains: YAHOO_DOMAINS.split(' '),
    // A Yahoo ID holds letters, digits, dots and underscores: the hyphen can only part base name and keyword.
    tag: '-',
    source: 'https://help.yahoo.com/kb/SLN28815.html',
  },
  {
    provider: 'zoho',
    domains: ['zoho.com', 'zohomail.com', 'zohomail.eu', 'zohomail.in', 'zoho.eu', 'zoho.in'],
    tag: '+',
    source: 'https://www.zoho.com/mail/help/email-aliases.html',
  },
  {
    provider: 'mailbox.org',
    domains: ['mailbox.org'],
    tag: '+',
    source: 'https://kb.mailbox.org/en/private/e-mail-article/what-is-an-alias-and-how-do-i-use-it',
  },
  {
    provider: 'posteo',
    domains: ['posteo.de', 'posteo.net', 'posteo.at', 'posteo.ch', 'posteo.eu', 'posteo.org'],
    tag: '+',
    source: 'https://posteo.de/en/help/what-is-the-plus-sign-extension',
  },
  {
    provider: 'runbox',
    domains: ['runbox.com', 'runbox.no', 'runbox.us', 'rbox.me', 'rbox.co', 'mailhost.work', 'offshore.rocks'],
    tag: '+',
    hasSubdomains: true,
    source: 'https://help.runbox.com/sub-addressing/',
  },
  {
    provider: 'mailfence',
    domains: ['mailfence.com'],
    tag: '+',
    source: 'https://kb.mailfence.com/kb/what-is-plus-addressing/',
  },
  { provider: 'hey', domains: ['hey.com'], tag: '+', source: 'https://www.hey.com/faqs/' },
];
