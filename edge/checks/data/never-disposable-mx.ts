/**
 * Mail hosts that some table of disposable mail hosts holds, or may come to hold, and that take mail of real people too:
 * mail and hosting companies, e-mail routing, forwarders for registered people, domain parking.
 *
 * Each line: the source, then the names. A name stands for its whole registrable domain. The mail hosts of
 * shared/providers.ts need not stand here. Read by scripts/disposable-mx-fault.ts when the set is built.
 */
const NEVER_DISPOSABLE_MX_BY_SOURCE: readonly (readonly [source: string, hosts: string])[] = [
  [
    'documentation of Cloudflare, Forward Email, ImprovMX, Mailgun, Postmark, SendGrid, SparkPost: routing for any domain',
    'cloudflare.net forwardemail.net improvmx.com mailgun.org postmarkapp.com sendgrid.net sparkpostmail.com ' +
      'amazonaws.com',
  ],
  [
    'forwarders that want an account (never-disposable.ts): 33mail, Burner Mail, SimpleLogin, addy.io, Firefox Relay, DuckDuckGo',
    '33mail.com burnermail.io simplelogin.co simplelogin.io anonaddy.me anonaddy.com addy.io mozilla.com firefox.com ' +
      'duckduckgo.com duck.com',
  ],
  ['skiff.com, now part of Notion: mailboxes with a login', 'skiff.com skiffmail.com'],
  [
    'documentation of hosting companies: Namecheap, ResellerClub, SiteGround, HostGator and Bluehost, DreamHost, MXroute',
    'jellyfish.systems registrar-servers.com privateemail.com mailhostbox.com mailspamprotection.com sgvps.net ' +
      'websitewelcome.com bluehost.com hostgator.com dreamhost.com mxrouting.net mxlogin.com',
  ],
  [
    'documentation of hosting companies in Europe: IONOS, Strato, OVH, Gandi, Infomaniak, Loopia, one.com, TransIP, all-inkl, Hetzner',
    'kundenserver.de ionos.com rzone.de ovh.net gandi.net infomaniak.ch loopia.se one.com transip.email kasserver.com ' +
      'your-server.de hetzner.com netcup.net beget.com reg.ru timeweb.ru',
  ],
  ['parking companies: a parked domain has their mail host', 'above.com sedoparking.com parkingcrew.net bodis.com'],
];

export const NEVER_DISPOSABLE_MX: readonly string[] = NEVER_DISPOSABLE_MX_BY_SOURCE.flatMap(([, hosts]) =>
  hosts.split(' '),
);
