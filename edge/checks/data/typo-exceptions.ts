/**
 * Domains that look like a typo and are not, and the top-level domains close to common ones.
 *
 * Kept by hand. A domain belongs here if it has mailboxes or a site of its own and edge/checks/typo.ts would otherwise
 * take it for a provider. Sources: the IANA root zone database (2026-11) for the top-level domains, the sites
 * themselves for the rest. Mail providers need not be here; they are in mail-providers.ts.
 */

/** Real domains one or two typos away from a provider. */
export const REAL_NEIGHBOURS =
  'cello.nl cello.at chatter.net charters.net charmer.net hashmail.com libro.it chelsea.nl optimus.net ' +
  'cloud.com icloud.de icloud.net icloud.fr gail.com grail.com gmai.net mail.co mail.net mail.org gemail.de gmx.co ' +
  'hotmailer.com hostmail.com notmail.com fotomail.com hotmai.de hotels.com outlooks.com outlook.net ' +
  'outlook.org outlookindia.com lookout.com yahoo.net yahoo.org wahoo.com yahoos.com kahoo.com aon.com aoi.com all.com ' +
  'love.com life.com line.com five.com olive.com alive.com lives.com liver.com dive.com mns.com man.com msi.com msu.edu ' +
  'proton.com protonmail.de protomail.com comcast.com comcastbiz.net verizon.com verizon.de horizon.net att.com cox.com ' +
  'box.net charter.com charger.net chapter.net carter.net earthlink.com orange.com orange.de orange.es orange.pl orange.be ' +
  'grange.fr range.fr oranges.fr free.com free.org tree.fr freenet.com freenet.net freenet.org freebet.de laposte.fr ' +
  'lapostemobile.fr la-poste.fr web.com web.org wed.de ebay.de weber.de t-online.com online.net t-mobile.de telekom.de ' +
  'gmx.dk arcor.com accor.com arcon.de vodafone.com vodafone.it vodafone.co.uk rogers.ca roger.com rodgers.com rovers.com ' +
  'shaw.com shawn.ca bell.com bell.ca bells.net tell.net telus.com tellus.net sky.de sky.it sy.com ski.com virginmedia.co.uk ' +
  'virgin.com virgilio.com libera.it liberto.com liberi.it tin.com alice.com alice.de malice.it slice.it terra.com ' +
  'terra.de serra.com.br terna.it telia.se tella.com celia.com planer.nl plant.nl planet.com planes.nl homes.nl ' +
  'hone.nl telenet.com telnet.be skynet.com sunet.be centrum.com seznam.com centrum.pl zoznam.cz rambler.com yandex.net ' +
  'yandex-team.ru mailer.ru main.ru email.ru gmail.ru inbox.com inbox.lt indox.lv naver.me never.com nave.com haver.com ' +
  'nifty.co.jp fifty.com nift.com sina.com.cn sohu.net sina.net bigpond.net globe.com global.com globo.net live.de.com ' +
  'rediff.net daum.com nate.net name.com note.com optimum.com optonline.com frontier.net frontiers.com centurylink.com ' +
  'windstream.com june.com junos.com mailbox.com mailbox.net mailbox.de postea.de freemail.com freemail.net interia.com ' +
  'fastmail.co faxmail.com mastmail.com gmx.ru zoho.net zoo.com soho.com hushmail.net bluewin.com sunrise.com sunrise.net ' +
  'gmail.de gmail.in gmail.pl googlemail.de google.com aolserver.com aol.net msn.net hotmail.org live.net mac.net me.net';

/** Every country-code top-level domain: two letters that are not here are no domain. */
export const COUNTRY_TLDS =
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd ' +
  'cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge ' +
  'gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki ' +
  'km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my ' +
  'mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se ' +
  'sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz ' +
  'va vc ve vg vi vn vu wf ws ye yt za zm zw';

/** Every longer top-level domain within one typo of a top-level domain that a provider of ours has. */
export const NEAR_TLDS =
  'anz art bar bcg bcn bet bom cab cal cam car cat cba cbn cfa com cpa dev eat edu esq eus fit frl ftr fyi gmx goo gop ' +
  'got gov inc info ing ink int ist itv jmp krd lat lpl ltd med men mil mit moe mom mov mtr nec net new next nfl ngo now ' +
  'ntt ong onl org pet pin pro pru ril rio run sew sex sfr ski sky tdk trv uno vet vin win wme xin';
