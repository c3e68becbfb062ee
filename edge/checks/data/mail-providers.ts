/**
 * Domains under which people have mailboxes of their own: free mail, and mail that comes with an internet connection at
 * home.
 *
 * Kept by hand from the providers' own lists of domains. Domains that also matter for aliases are in
 * shared/alias-rules.ts instead, and edge/checks/free.ts adds them. Order within a line has no meaning.
 * `COMMON_PROVIDERS` are common enough to be the target of a typo; `OTHER_PROVIDERS` are only known to exist. Read by
 * edge/checks/free.ts, edge/checks/typo.ts and scripts/build-disposable.ts.
 */

/** So common that a near miss counts as a typo unless something speaks against it. */
export const GIANT_PROVIDERS =
  'gmail.com googlemail.com yahoo.com hotmail.com outlook.com icloud.com aol.com live.com msn.com protonmail.com ' +
  'hotmail.co.uk yahoo.co.uk hotmail.fr yahoo.fr yahoo.co.in yahoo.com.br hotmail.it yahoo.de hotmail.de hotmail.es ' +
  'yahoo.es yahoo.it yahoo.ca yahoo.in yahoo.com.au yahoo.co.jp yahoo.com.ar yahoo.com.mx yahoo.co.id outlook.fr ' +
  'outlook.de outlook.es outlook.it outlook.com.br live.co.uk live.fr live.nl live.it';

export const COMMON_PROVIDERS =
  // North America
  'comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net ' +
  'optimum.net windstream.net frontier.com frontiernet.net centurylink.net embarqmail.com juno.com netzero.net ' +
  'roadrunner.com mindspring.com suddenlink.net ameritech.net pacbell.net swbell.net rocketmail.com ymail.com ' +
  'rogers.com bell.net sympatico.ca shaw.ca telus.net videotron.ca cogeco.ca eastlink.ca sasktel.net ' +
  // No country
  'proton.me zoho.com fastmail.com hushmail.com tutanota.com gmx.com mail.com mac.com me.com ' +
  // German
  'gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de posteo.de mailbox.org vodafone.de bluewin.ch ' +
  'hispeed.ch sunrise.ch chello.at aon.at ' +
  // French
  'orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr ' +
  // Italian, Spanish, Portuguese
  'libero.it virgilio.it tiscali.it alice.it tin.it fastwebnet.it inwind.it telefonica.net terra.es sapo.pt ' +
  'uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com prodigy.net.mx fibertel.com.ar ' +
  // British, Irish
  'btinternet.com btopenworld.com virginmedia.com ntlworld.com blueyonder.co.uk sky.com talktalk.net tiscali.co.uk ' +
  'eircom.net ' +
  // Dutch, Belgian, Nordic
  'ziggo.nl kpnmail.nl planet.nl home.nl hetnet.nl xs4all.nl upcmail.nl casema.nl chello.nl quicknet.nl telenet.be ' +
  'skynet.be proximus.be telia.com comhem.se bredband.net tele2.se spray.se online.no ' +
  // Central and eastern Europe
  'wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu op.pl gazeta.pl seznam.cz email.cz centrum.cz volny.cz azet.sk ' +
  'zoznam.sk freemail.hu citromail.hu abv.bg mail.ru yandex.ru yandex.com rambler.ru list.ru inbox.ru bk.ru ukr.net ' +
  'bigmir.net inbox.lv mynet.com ' +
  // Asia and Oceania
  'rediffmail.com qq.com 163.com 126.com foxmail.com sina.com sohu.com aliyun.com naver.com hanmail.net daum.net ' +
  'nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com hinet.net pchome.com.tw walla.co.il walla.com ' +
  'bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz';

export const OTHER_PROVIDERS =
  'zohomail.com zohomail.eu zohomail.in zoho.eu zoho.in ' +
  'rr.com wowway.com mchsi.com q.com qwest.net snet.net nvbell.net prodigy.net flash.net peoplepc.com cableone.net tds.net ' +
  'ptd.net gci.net mts.net mymts.net rcn.com hughes.net atlanticbb.net zoominternet.net metrocast.net bresnan.net ' +
  'knology.net nc.rr.com tampabay.rr.com wi.rr.com cfl.rr.com aim.com wow.com games.com love.com ygm.com netscape.net ' +
  'netscape.com compuserve.com cs.com wmconnect.com aol.co.uk aol.de aol.fr aol.it aol.es aol.nl aol.jp aol.com.br ' +
  'email.com usa.com myself.com consultant.com post.com europe.com asia.com iname.com writeme.com dr.com cheerful.com ' +
  'accountant.com techie.com engineer.com linuxmail.org musician.org lawyer.com contractor.net execs.com activist.com ' +
  'adexec.com allergist.com alumni.com alumnidirector.com angelic.com appraiser.net archaeologist.com arcticmail.com ' +
  'artlover.com bartender.net bikerider.com birdlover.com blader.com boardermail.com brazilmail.com bsdmail.org ' +
  'californiamail.com catlover.com chef.net chemist.com chinamail.com clerk.com clubmember.org collector.org columnist.com ' +
  'comic.com computer4u.com coolsite.net counsellor.com cyberdude.com cybergal.com cyberservices.com cyber-wizard.com ' +
  'dallasmail.com deal-maker.com deliveryman.com diplomats.com disciples.com discofan.com doctor.com doglover.com ' +
  'doramail.com dublin.com dutchmail.com elvisfan.com englandmail.com europemail.com fastservice.com financier.com ' +
  'fireman.net gardener.com geologist.com germanymail.com graduate.org graphic-designer.com greenmail.net groupmail.com ' +
  'hackermail.com hairdresser.net hilarious.com hiphopfan.com homemail.com hot-shot.com housemail.com humanoid.net ' +
  'innocent.com inorbit.com instruction.com instructor.net insurer.com irelandmail.com israelmail.com italymail.com ' +
  'job4u.com journalist.com keromail.com kissfans.com kittymail.com koreamail.com legislator.com loveable.com lovecat.com ' +
  'madonnafan.com mail-me.com marchmail.com metalfan.com mexicomail.com mindless.com minister.com moscowmail.com ' +
  'munich.com muslim.com nonpartisan.com null.net nycmail.com oath.com optician.com orthodontist.net pacific-ocean.com ' +
  'pacificwest.com pediatrician.com petlover.com photographer.net physicist.net planetmail.com planetmail.net ' +
  'polandmail.com politician.com presidency.com priest.com programmer.net protestant.com publicist.com qualityservice.com ' +
  'radiologist.net ravemail.com realtyagent.com reborn.com reggaefan.com registerednurses.com reincarnate.com ' +
  'religious.com repairman.com representative.com rescueteam.com rocketship.com rome.com safrica.com saintly.com ' +
  'salesperson.net samerica.com sanfranmail.com scientist.com scotlandmail.com secretary.net snakebite.com ' +
  'socialworker.net sociologist.com solution4u.com songwriter.net spainmail.com swedenmail.com swissmail.com teachers.org ' +
  'tech-center.com technologist.com theplate.com therapist.net toke.com toothfairy.com torontomail.com tvstar.com ' +
  'umpire.com uymail.com webname.com worker.com workmail.com berlin.com gmx.us gmx.fr gmx.es gmx.it gmx.eu gmx.info gmx.org ' +
  'gmx.biz gmx.co.uk caramail.com caramail.fr email.de emailn.de mail.de directbox.com directbox.de kabelmail.de online.de ' +
  'onlinehome.de 1und1.de ok.de sms.at epost.de lycos.de lycos.com lycos.co.uk lycos.es lycos.fr lycos.it lycos.nl ' +
  'ewe.net ewetel.net kabelbw.de unitybox.de netcologne.de nexgo.de o2online.de o2mail.de versanet.de vodafonemail.de ' +
  'osnanet.de mnet-online.de mnet-mail.de htp-tel.de eclipso.de eclipso.eu eclipso.ch inode.at utanet.at ' +
  'liwest.at a1.net drei.at kabsi.at tele2.at vol.at swissonline.ch green.ch vtxnet.ch bluemail.ch ' +
  'voila.fr noos.fr cegetel.net 9online.fr nordnet.fr dartybox.com gadz.org ac-versailles.fr la-poste.net lapostenet.fr ' +
  'netcourrier.com hotmail.com.fr iol.it tim.it tiscalinet.it poste.it aruba.it pec.it legalmail.it katamail.com ' +
  'supereva.it interfree.it email.it hotmail.it.com jumpy.it vodafone.it teletu.it ono.com movistar.es telefonica.es ' +
  'telecable.es euskaltel.net mundo-r.com ya.com yahoo.ae iol.pt clix.pt netcabo.pt mail.pt portugalmail.pt vodafone.pt ' +
  'zipmail.com.br r7.com oi.com.br superig.com.br globomail.com.br brturbo.com.br click21.com.br pop.com.br ' +
  'speedy.com.ar arnet.com.ar ciudad.com.ar uolsinectis.com.ar adinet.com.uy vtr.net cantv.net une.net.co etb.net.co ' +
  'btconnect.com bt.com virgin.net plus.net plus.com zen.co.uk o2.co.uk orange.net fsmail.net freeserve.co.uk ' +
  'onetel.com supanet.com tesco.net talk21.com uwclub.net lineone.net f2s.com eircom.ie iol.ie indigo.ie ireland.com ' +
  'live.com.pt zonnet.nl telfort.nl tele2.nl wxs.nl hccnet.nl kpnplanet.nl caiway.nl caiway.net solcon.nl upcmail.nl ' +
  'kpn.nl vodafonethuis.nl onsnet.nu pandora.be scarlet.be belgacom.net voo.be swing.be versatel.nl ' +
  'telia.se swipnet.se glocalnet.net bahnhof.se passagen.se tiscali.se home.se getmail.no broadpark.no frisurf.no ' +
  'hotmail.com.no c2i.net lyse.net start.no mail.dk stofanet.dk tdcadsl.dk jubii.dk get2net.dk youmail.dk privat.dk webspeed.dk ' +
  'fibermail.dk suomi24.fi luukku.com elisanet.fi kolumbus.fi pp.inet.fi saunalahti.fi welho.com netti.fi mbnet.fi ' +
  'simnet.is internet.is vortex.is tlen.pl vp.pl poczta.onet.pl poczta.fm buziaczek.pl autograf.pl int.pl spoko.pl ' +
  'amorki.pl go2.pl prokonto.pl opoczta.pl plusnet.pl neostrada.pl poczta.pl post.cz atlas.cz tiscali.cz quick.cz ' +
  'iol.cz upcmail.cz centrum.sk post.sk pobox.sk szm.sk orangemail.sk upcmail.hu t-online.hu indamail.hu vipmail.hu ' +
  'invitel.hu digikabel.hu chello.hu mail.bg dir.bg gbg.bg yahoo.ro home.ro k.ro zappmobile.ro clicknet.ro rdslink.ro ' +
  'personal.ro email.ro net.hr inet.hr vip.hr t-com.hr siol.net volja.net amis.net email.si t-2.net eunet.rs sbb.rs ' +
  'ptt.rs open.telekom.rs mail.mk t-home.mk otenet.gr hol.gr forthnet.gr in.gr freemail.gr windowslive.gr mailbox.gr ' +
  'cytanet.com.cy superonline.com turk.net ttmail.com ttnet.net.tr internet.ru xmail.ru lenta.ru ro.ru autorambler.ru ' +
  'myrambler.ru rambler.ua narod.ru mail.ua i.ua meta.ua online.ua email.ua ua.fm tut.by inbox.lt one.lt ' +
  'takas.lt delfi.lt mail.lv apollo.lv one.lv e-apollo.lv mail.ee hot.ee online.ee neti.ee pochta.ru pisem.net ' +
  'fromru.com front.ru hotbox.ru land.ru mail15.com newmail.ru nm.ru nightmail.ru pop3.ru rbcmail.ru smtp.ru ' +
  'krovatka.su qip.ru sibmail.com mail.kz yandex.com.ru zona.ru e1.ru ngs.ru nxt.ru chat.ru e-mail.ru aport.ru ' +
  'netvision.net.il bezeqint.net 012.net.il 013.net barak.net.il zahav.net.il emirates.net.ae eim.ae batelco.com.bh ' +
  'qatar.net.qa maktoob.com link.net rediff.com sify.com indiatimes.com vsnl.com vsnl.net in.com airtelmail.in ' +
  'dataone.in bsnl.in sancharnet.in eth.net vip.qq.com vip.163.com vip.126.com yeah.net 188.com vip.sina.com sina.cn ' +
  'vip.sohu.com 139.com 189.cn wo.cn wo.com.cn tom.com vip.tom.com 21cn.com 21cn.net 263.net sogou.com eyou.com ' +
  'chinaren.com tianya.cn aliyun.cn 2980.com kakao.com korea.com empal.com hanmir.com dreamwiz.com paran.com lycos.co.kr ' +
  'au.com uqmobile.jp i.softbank.jp ymobile.ne.jp y-mobile.ne.jp vodafone.ne.jp biglobe.ne.jp ocn.ne.jp so-net.ne.jp ' +
  'plala.or.jp dion.ne.jp asahi-net.or.jp excite.co.jp goo.jp mail.goo.ne.jp infoseek.jp yahoo.ne.jp ybb.ne.jp ' +
  'disney.ne.jp willcom.com rakuten.jp auone.jp seed.net.tw so-net.net.tw kimo.com url.com.tw msa.hinet.net ' +
  'ms1.hinet.net netvigator.com hkbn.net i-cable.com ctimail.com biznetvigator.com singnet.com.sg ' +
  'starhub.net.sg pacific.net.sg streamyx.com tm.net.my jaring.my pldtdsl.net globelines.com.ph vnn.vn hn.vnn.vn ' +
  'telkom.net plasa.com indosat.net.id cbn.net.id centrin.net.id ozemail.com.au tpg.com.au internode.on.net ' +
  'westnet.com.au dodo.com.au adam.com.au aapt.net.au netspace.net.au iprimus.com.au telstra.com me.com.au exetel.com.au ' +
  'slingshot.co.nz paradise.net.nz clear.net.nz ihug.co.nz orcon.net.nz vodafone.co.nz actrix.co.nz webmail.co.za ' +
  'telkomsa.net mweb.co.za vodamail.co.za absamail.co.za iafrica.com lantic.net mtnloaded.co.za ' +
  'hush.com hush.ai hushmail.me tutanota.de tutamail.com tuta.com tuta.io keemail.me mailfence.com startmail.com ctemplar.com ' +
  'disroot.org riseup.net autistici.org inventati.org systemli.org duck.com skiff.com simplelogin.com posteo.net runbox.com ' +
  'countermail.com kolabnow.com soverin.net tutao.de cock.li airmail.cc vivaldi.net opera.com operamail.com openmailbox.org ' +
  'safe-mail.net mail2world.com mail2web.com inbox.com inbox.eu bigfoot.com excite.com excite.it usa.net iwon.com ' +
  'angelfire.com care2.com hotbot.com altavista.com attbi.com adelphia.net concentric.net dslextreme.com erols.com ' +
  'everyone.net fuse.net airmail.net outgun.com myway.com go.com rediffmailpro.com latinmail.com starmedia.com ' +
  'vfemail.net xmail.com gmx.li gmx.lu zohomail.com atomicmail.io mozmail.com mailo.com mailo.eu net-c.com ' +
  'net-c.fr infomaniak.ch ik.me etik.com protonmail.ch murena.io e.email pm.me icloud.com.cn aikq.de freemail.de';
