/**
 * Domains that some list of disposable domains holds and that are none: they are taken out when the set is built.
 *
 * The domains of edge/checks/free.ts are taken out as well and need not stand here. Sources: the allow list of
 * github.com/disposable-email-domains (CC0) with its reasons, and what a comparison of the lists with lists of known
 * sites brought to light (simple-icons, JetBrains swot, the Moz top 500; 2026-11). Forwarders that want a registration
 * (addy.io, SimpleLogin, spamgourmet) are mailboxes of real people: an address there lasts as long as they like.
 * Read by edge/checks/listable-name.ts: where the set is built, and where the worker takes a list.
 */
export const NEVER_DISPOSABLE =
  // Mailboxes with a login, however odd their names
  '420blaze.it 8chan.co aaathats3as.com airmail.cc airsi.de antichef.com antichef.net atomicmail.io belt.io c2.hu ' +
  'cocaine.ninja cock.email cock.li cock.lu cumallover.me dfgh.net dicksinhisan.us dicksinmyan.us firemail.cc ' +
  'getbackinthe.kitchen goat.si hitler.rocks horsefucker.org kennedy808.com liamekaens.com mail2world.com manybrain.com ' +
  'memeware.net neverbox.com nigge.rs nus.edu.sg recursor.net redchan.it ruffrey.com safe-mail.net shitposting.agency ' +
  'shitware.nl sibmail.com tfwno.gf tweakly.net ubicloud.com vfemail.net waifu.club xmail.com xwaretech.com ' +
  'xwaretech.info xwaretech.net sify.com 21cn.com yandex.net sohu.net gmx.co inbox.com daum.com frontiers.com ' +
  // Forwarders with a registration
  'sneakemail.com snkmail.com snkml.com spamcannon.com spamcannon.net spamgourmet.com spamgourmet.net spamgourmet.org ' +
  'xoxy.net mozmail.com duck.com addy.io anonaddy.com anonaddy.me addymail.com simplelogin.com simplelogin.co ' +
  'simplelogin.fr slmail.me slmails.com aleeas.com 8alias.com 8shield.net dralias.com silomails.com passmail.net ' +
  'passinbox.com passfwd.com privaterelay.appleid.com forwardemail.net improvmx.com ' +
  // Names of documents, sites and companies
  'example.com example.net example.org test.com test.de domain.com yourdomain.com dyndns.org telegra.ph afternic.com ' +
  'icon.foundation ukmail.com seomoz.org craigslist.org lsmu.com 1utar.my edubuzz.org onmilwaukee.com blogos.com aver.com uk2.net';
