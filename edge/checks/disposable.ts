/**
 * Whether a domain belongs to a provider of throw-away addresses.
 *
 * Two questions: is the domain, or a domain above it, on a list (`openDisposableSet`), and does its mail go to a host
 * of a known throw-away provider (`isDisposableMx`), which finds the new domains that no list has yet. The set is
 * built by scripts/build-disposable.ts: it holds no public suffix, so a listed `foo.linkpc.net` says nothing of other
 * names under `linkpc.net`, and no real provider. Both are pure and take lower-case A-labels.
 */
import { openFuseFilter } from './fuse-filter.ts';

/** Labels of the longest name that the set holds. Each further one would be another chance to be wrong. */
export const LISTED_LABELS_MAX = 5;

export type DisposableSet = {
  /** True where the domain itself or any domain above it is listed. */
  has(domain: string): boolean;
  /** How many names were put in. */
  readonly count: number;
};

/** Opens the set in `edge/checks/data/disposable.bin`. Throws where the buffer is none. */
export function openDisposableSet(buffer: ArrayBuffer): DisposableSet {
  const filter = openFuseFilter(buffer);
  return {
    count: filter.count,
    has(domain) {
      // From the shortest name upwards: `example.com`, `mail.example.com`, … A single label is never listed.
      let dot = domain.lastIndexOf('.');
      for (let labels = 2; dot > 0 && labels <= LISTED_LABELS_MAX; labels += 1) {
        dot = domain.lastIndexOf('.', dot - 1);
        if (filter.has(domain.slice(dot + 1))) return true;
      }
      return false;
    },
  };
}

/**
 * Domains of throw-away providers whose mail hosts also serve other domains: those that they rotate through, and those of
 * people who point a domain of their own there. Each is named by two sources at least: the lists, published tables of
 * mail hosts, the provider's own page. Left out is who forwards to mailboxes of registered people (33mail, Burner Mail),
 * and every host of a real mail service, even where throw-away services use it (Cloudflare, ForwardEmail, Yandex).
 */
const DISPOSABLE_MX_DOMAINS: ReadonlySet<string> = new Set(
  (
    '10minutemail.com 1secmail.com 1secmail.net 1secmail.org anonbox.net byom.de crazymailing.com cryptogmail.com ' +
    'developermail.com discard.email dispostable.com dropmail.click dropmail.me email-fake.com emaildbox.pro ' +
    'emailfake.com emailna.co emailondeck.com emltmp.com erinn.biz fakemail.net fakemailgenerator.com fakermail.com ' +
    'generator.email getairmail.com getnada.com grr.la guerrillamail.com guerrillamail.org harakirimail.com ' +
    'inboxes.com inboxkitten.com incognitomail.co jetable.org kuku.lu mail-data.net mail-temp.com mail.gw mail.tm ' +
    'mail7.io mailcatch.com maildrop.cc maildu.de mailexpire.com mailinator.com mailnesia.com mailpoof.com ' +
    'mailsac.com mailslurp.com mailtemp.net mintemail.com moakt.com mohmal.com muellmail.com mytemp.email ' +
    'mytrashmail.com nada.email one-off.email onetimemail.org owlymail.com priyo.email sharklasers.com smailpro.com ' +
    'spambog.com spambox.xyz spamdecoy.net temp-inbox.com temp-mail.io temp-mail.org tempail.com tempm.com ' +
    'tempmail.dev tempmail.lol tempmail.plus tempmailo.com tempr.email throwawaymail.com tmailor.com tmpmail.org ' +
    'trash-mail.com trashmail.com trashmail.de trashmail.net trashymail.com trbvm.com wabblywabble.com ' +
    'wallywatts.com wegwerfemail.de wegwerfmail.de yopmail.com yopmail.fr yopmail.net zemail.me'
  ).split(' '),
);

/** True for a mail host under the name of a throw-away provider. */
export function isDisposableMx(host: string): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  for (let rest = name.toLowerCase(); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    if (DISPOSABLE_MX_DOMAINS.has(rest)) return true;
  }
  return false;
}
