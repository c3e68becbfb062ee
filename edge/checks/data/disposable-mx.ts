/**
 * Mail hosts whose every domain is disposable: a domain is disposable if its mail goes to one of them, even if no list has it yet.
 *
 * Each line: the source, then the names. A name speaks for every host below it. A disposable service whose mail goes to a
 * real mail service (Cloudflare, Google, Yandex) has no line here, nor a forwarder to mailboxes of registered people
 * (33mail, SimpleLogin): never-disposable-mx.ts guards against both. Read by edge/checks/disposable.ts, and by
 * scripts/build-disposable.ts, which refuses a wrong name. How to add one: docs/DISPOSABLE.md.
 */
export const DISPOSABLE_MX_BY_SOURCE: readonly (readonly [source: string, hosts: string])[] = [
  [
    'github.com/Short-io/otm-detector, blocklist.json: mail hosts of disposable providers',
    '10minutemail.com email-fake.com emaildbox.pro emailfake.com erinn.biz generator.email ' +
      'incognitomail.co mail-data.net mail.tm mailinator.com onetimemail.org tempm.com wabblywabble.com ' +
      'wallywatts.com',
  ],
  [
    'github.com/duhow/mail-checker, after usercheck.com/providers: mail hosts of disposable providers',
    '1secmail.com discard.email mailnesia.com moakt.com temp-mail.io yopmail.com',
  ],
  [
    'fakefilter read the name from the page of the service, and the reviewed list holds it',
    'byom.de dropmail.me emlhub.com emlpro.com emltmp.com freeml.net grr.la guerrillamail.com ' +
      'guerrillamail.org harakirimail.com mailcatch.com mailsac.com muellmail.com sharklasers.com ' +
      'spambog.com spamdecoy.net spymail.one tempr.email trash-mail.com wegwerfemail.de yomail.info ' +
      'yopmail.fr yopmail.net',
  ],
  [
    'the reviewed list (github.com/disposable-email-domains) holds the name of the service',
    '1secmail.net 1secmail.org anonbox.net crazymailing.com cryptogmail.com developermail.com ' +
      'dispostable.com emailna.co emailondeck.com fakemail.net fakemailgenerator.com getairmail.com ' +
      'getnada.com inboxkitten.com jetable.org kuku.lu mail.gw mail7.io maildrop.cc maildu.de ' +
      'mailexpire.com mailpoof.com mailslurp.com mintemail.com mohmal.com mytemp.email mytrashmail.com ' +
      'nada.email smailpro.com temp-mail.org tempail.com tempmail.plus tempmailo.com throwawaymail.com ' +
      'tmailor.com tmpmail.org trashmail.com trashmail.de trashmail.net trashymail.com trbvm.com ' +
      'wegwerfmail.de',
  ],
  [
    'github.com/disposable and one of its sources hold the name of the service',
    'fakermail.com inboxes.com mail-temp.com mailtemp.net owlymail.com spambox.xyz temp-inbox.com ' + 'tempmail.dev',
  ],
  [
    'the page of the service itself: its addresses come and go on domains that it rotates',
    'dropmail.click priyo.email tempmail.lol zemail.me',
  ],
];

export const DISPOSABLE_MX: readonly string[] = DISPOSABLE_MX_BY_SOURCE.flatMap(([, hosts]) => hosts.split(' '));
