/**
 * The most popular sites of the web: a list of disposable domains that names one of them is not believed.
 *
 * Source: the 500 domains of the Moz ranking by linking root domains, as in the npm package top-sites 1.1.222 (MIT),
 * without `www.` and without names below another one. The package is not a dependency, since it brings a crawler along.
 * Read by edge/checks/listable-name.ts.
 */
export const POPULAR_DOMAINS =
  '123rf.com 20minutos.es 4shared.com abc.es abc.net.au abcnews.go.com about.com aboutads.info abril.com.br ' +
  'academia.edu addthis.com addtoany.com adobe.com afternic.com airbnb.com akamaihd.net alicdn.com ' +
  'aliexpress.com amazon.ca amazon.co.jp amazon.co.uk amazon.com amazon.de amazon.es amazon.fr amazon.in ' +
  'amazon.it amazonaws.com amzn.to android.com answers.com aol.com apache.org apple.com archive.org arxiv.org ' +
  'as.com automattic.com azurefd.net bandcamp.com bbc.co.uk bbc.com behance.net bfmtv.com bild.de bing.com ' +
  'bit.ly blog.fc2.com blogger.com bloglovin.com bloomberg.com bmj.com boe.es booking.com bp.blogspot.com ' +
  'brandbucket.com britannica.com businessinsider.com buydomains.com buzzfeed.com ca.gov calameo.com ' +
  'cambridge.org canva.com cbc.ca cbslocal.com cbsnews.com cdc.gov change.org chaturbate.com cisco.com ' +
  'clarin.com clickbank.net cloudflare.com cnbc.com cnet.com cnn.com cointernet.com.co cornell.edu ' +
  'correios.com.br corriere.it cpanel.com cpanel.net creativecommons.org cutt.ly dailymail.co.uk ' +
  'dailymotion.com dailystar.co.uk dan.com deezer.com dell.com detik.com digitaltrends.com discogs.com ' +
  'discord.com discord.gg disney.com disqus.com doi.org domainmarket.com doubleclick.net dreamstime.com ' +
  'dribbble.com dropbox.com dropcatch.com dw.com ea.com ebay.com ebay.de ebayimg.com economist.com elmundo.es ' +
  'elpais.com elsevier.com enable-javascript.com engadget.com espn.com estadao.com.br europa.eu eventbrite.com ' +
  'example.com excite.co.jp express.co.uk facebook.com fandom.com fb.com feedburner.com fifa.com ' +
  'files.wordpress.com focus.de forbes.com forms.gle fortune.com foursquare.com foxnews.com francetvinfo.fr ' +
  'ft.com g.co ggpht.com github.com gizmodo.com globo.com gmail.com gnu.org go.co goal.com godaddy.com ' +
  'gofundme.com goo.gl goodreads.com google.ca google.co.in google.co.jp google.co.uk google.com google.com.au ' +
  'google.com.br google.de google.es google.fr google.it google.nl google.pl google.ru googleblog.com ' +
  'googleusercontent.com gov.br gov.uk gravatar.com greenpeace.org gstatic.com guardian.co.uk harvard.edu ' +
  'hatena.ne.jp hilton.com hindustantimes.com hollywoodreporter.com home.pl hotmart.com house.gov hp.com ' +
  'huawei.com hubspot.com huffingtonpost.com huffpost.com hugedomains.com ibm.com icann.org icloud.com ieee.org ' +
  'ig.com.br ign.com ikea.com imageshack.us imdb.com imgur.com impress.co.jp independent.co.uk indiatimes.com ' +
  'insider.com instagram.com intel.com investopedia.com issuu.com istockphoto.com java.com jimdofree.com ' +
  'kickstarter.com latimes.com lavanguardia.com lazada.co.id lefigaro.fr legifrance.gouv.fr lemonde.fr ' +
  'leparisien.fr lifehacker.com line.me linkedin.com linktr.ee list-manage.com live.com liveinternet.ru ' +
  'livejournal.com loc.gov mail.ru mailchi.mp marca.com marketwatch.com mashable.com mdpi.com mediafire.com ' +
  'medicalnewstoday.com medium.com mega.nz messenger.com metro.co.uk microsoft.com miit.gov.cn mirror.co.uk ' +
  'mit.edu mozilla.com mozilla.org msn.com mynavi.jp myspace.com mystrikingly.com namebright.com namecheap.com ' +
  'narod.ru nasa.gov nationalgeographic.com nature.com naver.com naver.jp nbcnews.com ndtv.com netflix.com ' +
  'netlify.app netvibes.com networkadvertising.org news.com.au newsweek.com newyorker.com nfl.com nginx.com ' +
  'nginx.org nhk.or.jp nicsell.com nih.gov nintendo.com noaa.gov npr.org nydailynews.com nymag.com nypost.com ' +
  'nytimes.com odoo.com oecd.org office.com offset.com ok.ru onelink.me opera.com oracle.com ouest-france.fr ' +
  'oup.com outlook.com over-blog.com ovh.com ovhcloud.com paypal.com pbs.org pcmag.com perfectdomain.com ' +
  'pexels.com photobucket.com php.net pinterest.com pixabay.com playstation.com plesk.com plos.org ' +
  'privacyshield.gov prnewswire.com prtimes.jp psychologytoday.com public-api.wordpress.com qq.com quora.com ' +
  'qz.com rakuten.co.jp rambler.ru rapidshare.com redbull.com redhat.com reg.ru repubblica.it researchgate.net ' +
  'reuters.com ria.ru rollingstone.com rottentomatoes.com rt.com rtve.es safety.google sakura.ne.jp samsung.com ' +
  'sapo.pt sciencedaily.com sciencedirect.com scoop.it scribd.com secureserver.net sedo.com sendspace.com ' +
  'sfgate.com shopify.com shutterstock.com si.edu skype.com slideshare.net smh.com.au soundcloud.com spiegel.de ' +
  'spotify.com springer.com sputniknews.com ssl-images-amazon.com standard.co.uk stanford.edu statista.com ' +
  'steampowered.com storage.googleapis.com stuff.co.nz surveymonkey.com t-online.de t.co t.me target.com ' +
  'taringa.net teamviewer.com techcrunch.com ted.com telegra.ph telegram.me telegram.org telegraph.co.uk ' +
  'terra.com.br theatlantic.com theconversation.com thedailybeast.com theguardian.com thehill.com ' +
  'themeforest.net thenai.org thesun.co.uk thetimes.co.uk theverge.com tiktok.com time.com timeweb.ru ' +
  'tinyurl.com tmz.com tripadvisor.com trustpilot.com twimg.com twitch.tv twitter.com typeform.com udemy.com ' +
  'un.org unesco.org unsplash.com uol.com.br usatoday.com usda.gov usgs.gov variety.com vice.com vimeo.com ' +
  'vistaprint.com vk.com vkontakte.ru w3.org wa.me wallpapers.com walmart.com washingtonpost.com waze.com ' +
  'webmd.com webnode.page weebly.com weforum.org weibo.com welt.de whatsapp.com whitehouse.gov who.int ' +
  'wikia.com wikihow.com wikimedia.org wikipedia.org wiktionary.org wiley.com windows.net wired.com wix.com ' +
  'wordpress.org wp.com wsj.com x.com xbox.com xing.com yadi.sk yahoo.co.jp yahoo.com yale.edu yandex.com ' +
  'yandex.ru yelp.com youronlinechoices.com youtu.be youtube.com ytimg.com zdnet.com zendesk.com ziddu.com ' +
  'zippyshare.com zoom.us';
