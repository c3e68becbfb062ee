/**
 * Domains that some list of disposable domains has, or may come to have, although they are not disposable.
 *
 * Each line: the source, then the names. Domains of edge/checks/free.ts need not be repeated here. An alias that a
 * registered person keeps is an address like any other, so forwarders that require an account are here; a service whose
 * addresses expire, or that anybody can read, is not. Names in `NEVER_DISPOSABLE` cover everything below them; below
 * those in `SHARED_PARENTS` each name has an owner of its own and is judged alone. Read by
 * edge/checks/listable-name.ts: when the set is built, and when the worker takes a list. How to add a name:
 * docs/DISPOSABLE.md.
 */

type Sourced = readonly (readonly [source: string, domains: string])[];

export const NEVER_DISPOSABLE_BY_SOURCE: Sourced = [
  // Mailboxes with a login, however odd their names
  [
    'allow list of github.com/disposable-email-domains: cock.li and its domains',
    '420blaze.it aaathats3as.com airmail.cc cocaine.ninja cock.email cock.li cock.lu cumallover.me ' +
      'dicksinhisan.us dicksinmyan.us firemail.cc getbackinthe.kitchen goat.si hitler.rocks horsefucker.org ' +
      'memeware.net nigge.rs redchan.it shitposting.agency tfwno.gf waifu.club',
  ],
  [
    'allow list of github.com/disposable-email-domains: mail providers',
    '150mail.com 21cn.com 8chan.co airsi.de antichef.com antichef.net atomicmail.io belt.io c2.hu daum.com ' +
      'dfgh.net kennedy808.com mail2world.com manybrain.com neverbox.com onet.pl recursor.net ruffrey.com ' +
      'safe-mail.net shitware.nl sibmail.com tweakly.net ubicloud.com vfemail.net xmail.com yeah.net',
  ],
  [
    'fastmail.help: domains on which Fastmail gives mailboxes',
    '123mail.org 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com airpost.net aliencamel.com allmail.net ' +
      'bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net emailengine.org emailgroups.net ' +
      'emailplus.org emailuser.net eml.cc f-m.fm fast-email.com fast-mail.org fastem.com fastemail.us ' +
      'fastemailer.com fastest.cc fastimap.com fastmail.ca fastmail.cn fastmail.co.uk fastmail.com.au ' +
      'fastmail.de fastmail.es fastmail.fr fastmail.im fastmail.in fastmail.jp fastmail.mx fastmail.name ' +
      'fastmail.net fastmail.nl fastmail.org fastmail.se fastmail.to fastmail.tw fastmail.uk fastmail.us ' +
      'fastmailbox.net fastmessaging.com fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com foobox.com ' +
      'foobox.net ftml.net h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org immerbox.com immermail.com ' +
      'inoutbox.com internet-e-mail.com internet-mail.org internetemails.net internetmailing.net jetemail.net ' +
      'justemail.net letterboxes.org lifetimeaddress.com mail-central.com mail-page.com mailandftp.com ' +
      'mailas.com mailbolt.com mailc.net mailcan.com mailforce.net mailftp.com mailhaven.com mailingaddress.org ' +
      'mailite.com mailmight.com mailnew.com mailsent.net mailservice.ms mailup.net mailworks.org mailzone.com ' +
      'ml1.net mm.st myfastmail.com mymacmail.com nospammail.net onepost.net ownmail.net penguinmail.com ' +
      'permanentmail.com petml.com pobox.com postinbox.com postpro.net proinbox.com promessage.com ' +
      'realemail.net reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com siemprebox.com ' +
      'siempremail.com speedpost.net speedymail.org ssl-mail.com swift-mail.com the-fastest.net ' +
      'the-quickest.com theinternetemail.com veribox.net veryfast.biz veryspeedy.net warpmail.net xsmail.com ' +
      'yepmail.net your-mail.com',
  ],
  [
    'mail.com: domains that it gives or gave',
    '2trom.com acdcfan.com africamail.com aircraftmail.com asia-mail.com atheist.com auctioneer.net ' +
      'australiamail.com bellair.net brew-master.com brew-meister.com bsdmail.com cash4u.com cutey.com ' +
      'dbzmail.com disposable.com galaxyhit.com lobbyist.com net-shopping.com ninfan.com surgical.net',
  ],
  [
    'allow list of github.com/disposable/disposable: free mail of single countries',
    'blu.it exclusivemail.co.za homemail.co.za lycos.at magicmail.co.za mailbox.co.za msn.co.uk myyahoo.com ' +
      'ravemail.co.za starmail.co.za thecricket.co.za thegolf.co.za thepub.co.za therugby.co.za websurfer.co.za ' +
      'workmail.co.za',
  ],
  ['konto.onet.pl: the domains at registration', 'onet.com.pl poczta.onet.eu'],
  ['infomaniak.com: ik.me and its domains', 'etik.com ik.me ikmail.com'],
  [
    'zoho.com, yandex.com, netease.com: national and paid domains',
    'vip.188.com yandex.by yandex.co.il yandex.com.tr yandex.fr yandex.kg yandex.kz yandex.lt yandex.lv ' +
      'yandex.md yandex.net yandex.tj yandex.uz zoho.eu zoho.in',
  ],
  [
    'the providers themselves: secure mail with accounts',
    'criptext.com hey.com lavabit.com mailtime.com migadu.com mxroute.com purelymail.com skiff.com unseen.is',
  ],
  [
    'sdf.org: a public access UNIX system with accounts since 1987',
    'freeshell.org lonestar.org sdf-eu.org sdf.org sdf1.org',
  ],
  [
    'free mail of old by the lists freemail and SpamAssassin, each with accounts',
    '8848.net animail.net bluebottle.com coolmail.com dbmail.com docmail.cz dynamitemail.com email.org ' +
      'epomail.com fastermail.com fnmail.com frontiers.com gaggle.net gmx.co hongkong.com inbox.com ' +
      'mantramail.com megamail.pt mmail.com moose-mail.com movemail.com nameplanet.com noemail.com pochtamt.ru ' +
      'qmail.com sify.com snail-mail.net sohu.net toothandmail.com uaemail.com unomail.com vipsohu.net ' +
      'webcity.ca whale-mail.com yifan.net yyhmail.com',
  ],
  // Aliases that a registered or paying person keeps
  [
    'github.com/disposable-email-domains pull 249, 33mail.com/about: aliases of registered people, permanent',
    '33mail.com',
  ],
  [
    'github.com/disposable-email-domains pull 193, mysudo.com: mailboxes of paying people',
    'sudolife.me sudolife.net sudomail.biz sudomail.com sudomail.net sudoverse.com sudoverse.net sudoweb.net ' +
      'sudoworld.com sudoworld.net',
  ],
  ['burnermail.io, msgsafe.io: aliases of accounts, forwarded to the mailbox behind', 'burnermail.io msgsafe.io'],
  ['erine.email: aliases of registered people', 'erine.email'],
  [
    'simplelogin.io, proton.me: aliases of accounts',
    '8alias.com 8shield.net aleeas.com dralias.com passfwd.com passinbox.com passmail.com passmail.net ' +
      'silomails.com simplelogin.co simplelogin.com simplelogin.fr simplelogin.io slmail.me slmails.com',
  ],
  ['addy.io: aliases of accounts', '4wrd.cc addy.io addymail.com anonaddy.com anonaddy.me mailer.me'],
  [
    'relay.firefox.com, duckduckgo.com, icloud.com, startmail.com: aliases of accounts',
    'duck.com mozmail.com privaterelay.appleid.com relay.firefox.com startmail.com',
  ],
  ['cloaked.com: the company and its alias domains, paid', 'cloaked.com cloaked.dev cloaked.id'],
  ['ivpn.net/mailx: aliases of accounts', 'mailx.net'],
  ['forwardemail.net, improvmx.com: forwarders for the owners of domains', 'forwardemail.net improvmx.com'],
  [
    'allow list of github.com/disposable-email-domains: forwarders with a registration',
    'liamekaens.com sneakemail.com snkmail.com snkml.com spamcannon.com spamcannon.net spamgourmet.com ' +
      'spamgourmet.net spamgourmet.org xoxy.net',
  ],
  ['lilo.org: a search engine with mailboxes (mailo.lilo.org)', 'lilo.org'],
  // Companies, institutions and people's own domains
  [
    'allow list of github.com/disposable/disposable, with the report of the owner for each',
    'angi.com asics.com brainonfire.net buildingradar.com cbamboo.com centraldecomunicacion.es deity.co.nz ' +
      'e2estudios.com feedspot.com feedspotmailer.com file-up.fr gide.com home.de icam.fr lendscape.com ' +
      'lionelastomers.com mail.htl22.at purple.dev samsung.com swatch.com tmxnet.com wizard.com xwaretech.com ' +
      'xwaretech.info xwaretech.net xwaretech.tk',
  ],
  [
    'taken out again by github.com/FGRibreau/mailchecker between 4.1.14 and 6.0.21, mostly at the request of the owner',
    '24hourfitness.com aseq.com atsw.de baebies.com bbox.com cdc.com cheezoo.com cognata.com ' +
      'crosspointchurch.com doitagile.com empower-solar.com foxwoods.com gdf.it interpath.com jkmechanical.com ' +
      'merrygoround.com onit.com onme.com phillipsandtemro.com reedbusiness.nl roquette.com santamonica.com ' +
      'seomoz.org shoes.com smsala.com staatenlos.ch stanbondsa.com.au support.com sutterhealth.org ' +
      'tornbanner.com transformdestiny.com unlimit.com vp.com zamana.com',
  ],
  [
    'taken out again by github.com/disposable-email-domains between 1.5 and 1.26 of its package',
    'gynzy.at gynzy.es gynzy.eu gynzy.gr gynzy.info gynzy.lt gynzy.mobi gynzy.pl gynzy.ro gynzy.sk iwi.net ' +
      'letmeinonthis.com mailhub.pro',
  ],
  [
    'reports of owners to the keepers of lists (github.com: disposable/disposable, wesbos/burner-email-providers, micke/valid_email2, amieiro/disposable-email-domains)',
    '528417.xyz ahcsolicitors.co.uk caliburn.us calvarylufkin.org codingliteracy.com kommespaeter.de newpillow360.com ' +
      'peermusic.com',
  ],
  [
    'sites and companies that everybody knows',
    'afternic.com air.com aver.com beliefnet.com blogos.com craigslist.org domain.com example.com example.net ' +
      'example.org facebookmail.com icon.foundation myabandonware.com onmilwaukee.com gail.com railway.com telegra.ph ' +
      'test.com test.de ubuntu.org uk2.net ukmail.com yourdomain.com',
  ],
  [
    'national domains of brands, and trade marks under suffixes of their trade',
    'bharti-axagi.co.in bobbibrown.co.kr faurecia.co.in jtekt.co.id mercedes.co.id nate.co.kr ' +
      'plannedparenthood.health samsung.co.in skoda.co.in',
  ],
  ['hosts of schools and universities outside guarded suffixes', '1utar.my edubuzz.org lsmu.com nus.edu.sg skolene.no'],
];

/** Names below which anybody can register a name; not in the public suffix list. A name below them may be listed. */
export const SHARED_PARENTS_BY_SOURCE: Sourced = [
  [
    'freedns.afraid.org: shared domains',
    '1337.no chickenkiller.com crabdance.com ignorelist.com info.tm jumpingcrab.com l5.ca mooo.com ' +
      'strangled.net twilightparadox.com uk.to undo.it us.to',
  ],
  ['changeip.com: dynamic DNS', '25u.com 3-a.net 4pu.com ddns.info my03.com ns01.info x24hr.com'],
  ['dyn.com: dynamic DNS', 'dyndns.org'],
  [
    'free registries that sold or gave names below theirs',
    'biz.st co.cc co.nf co.tv cu.cc flu.cc fr.nf infos.st kro.kr nut.cc rr.nu uni.cc usa.cc uu.gl',
  ],
];

const namesOf = (table: Sourced): readonly string[] => table.flatMap(([, domains]) => domains.split(' '));

export const NEVER_DISPOSABLE: readonly string[] = namesOf(NEVER_DISPOSABLE_BY_SOURCE);
export const SHARED_PARENTS: readonly string[] = namesOf(SHARED_PARENTS_BY_SOURCE);
