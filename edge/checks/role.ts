/**
 * Whether a local part names a function (`info`, `sales-emea`, `no-reply`) rather than a person.
 *
 * It compares whole words, never parts of words: `itamar`, `priva` and `pressman` are people. A role word may carry a
 * number, a region or a unit (`billing2024`, `support.de`, `hr-team`) and a sub-address tag. It may be split by
 * separators, but only at word boundaries: `no.reply` is `noreply`, while `b.illing`, `p.ost` and `in.fo` are initials
 * and names of people. A text that could be either counts as a person: a role flag on a person costs a customer, a
 * missing one costs only a colder greeting. Pure; words in edge/checks/data/role-words.ts. RFC 2142 is the only
 * standard here.
 */
import { withoutTag } from '../../shared/address.ts';
import { ROLE_WORD_PARTS, ROLE_WORDS } from './data/role-words.ts';

/** Longest local part that is checked, in UTF-16 units: RFC 5321 §4.5.3.1.1 allows 64 octets. */
const LOCAL_LENGTH_MAX = 64;
/** Shortest word that may have a number appended without a separator: `it84` may be a person's nick. */
const NUMBERED_WORD_LENGTH_MIN = 4;

const WORDS: ReadonlySet<string> = new Set(Object.values(ROLE_WORDS).flatMap((words) => words.split(' ')));
const WORD_PARTS: ReadonlySet<string> = new Set(ROLE_WORD_PARTS.split(' '));

/** Separators between the parts of a name. */
const SEPARATORS = /[._\-\s]+/;

/** Qualifiers after a role: countries, languages, regions, and words for a unit or a channel. */
const QUALIFIERS: ReadonlySet<string> = new Set(
  (
    'at au be bg br ca ch cl cn co cz de dk ee en es eu fi fr gr hk hr hu ie il in int intl it jp kr lt lu lv mx my ng nl no ' +
    'nz pe ph pl pt ro rs ru se sg si sk th tr tw ua uae uk us usa vn za ' +
    'africa america americas anz apac apj asia australia austria benelux brasil brazil canada china cee dach deutschland east ' +
    'emea espana europa europe france germany global group india international italia italy japan latam london mea mena mexico ' +
    'nederland nordic nordics north northamerica ny nyc paris poland polska schweiz south spain switzerland uki west worldwide ' +
    'berlin hamburg muenchen munich wien zurich madrid barcelona roma milano amsterdam dublin sydney tokyo dubai singapore'
  ).split(' '),
);

/** Qualifiers before or after a role; shorter ones could be a name (`de.sales`, `it.la.posta`). */
const PREFIXES: ReadonlySet<string> = new Set(
  (
    'emea apac latam dach eu uk us usa europe asia global international intl group my our the your web online main central ' +
    'regional local corporate new head customer client'
  ).split(' '),
);

/** Words that form a role if appended to a role word without a separator: `salesteam`, `itsupport`. */
const COMPOUND_ENDS =
  /(?:admin|alerts|center|centre|contact|department|dept|desk|feedback|groups?|helpdesk|info|mail|managers?|news|newsletter|office|sales|services?|support|team)$/;
/** The same as a prefix: `infosales`, `websupport`. */
const COMPOUND_STARTS = /^(?:client|customer|info|mail|team|support|web)/;
/** Words of automatic senders, whichever words stand beside them: `groups-noreply`, `noreply-forms`, `bounces-3f2a`. */
const MACHINE_STARTS = /^(?:no-?reply|do-?not-?reply|bounces?[-.=]|mailer-?daemon)/;
const MACHINE_ENDS = /[-.](?:no-?reply|do-?not-?reply|bounces)$/;
/** RFC 2142 §6: the address of the people who run a mailing list. */
const LIST_ENDS = /.-(?:request|owner|unsubscribe|subscribe)$/;

/** `e-mail`, `e-commerce`: a prefix, while the letter of `e.mail` is an initial. */
const E_PREFIX = /(^|[._\-\s])e-/;

/** True for a local part of a role. Takes the local part as written, quoted or not, with or without a tag. */
export function isRole(local: string): boolean {
  if (local.length > LOCAL_LENGTH_MAX) return false;
  const plain = withoutTag(local.toLowerCase().replaceAll('"', ''), '+').replace(E_PREFIX, '$1e');
  const parts = plain.split(SEPARATORS).filter((part) => part !== '');
  if (isWrittenAs(parts, isRoleWord)) return true;
  const hyphened = plain.replaceAll('_', '-');
  if (MACHINE_STARTS.test(hyphened) || MACHINE_ENDS.test(hyphened) || LIST_ENDS.test(hyphened)) return true;
  return parts.length > 1 && isRoleOfParts(parts);
}

/** Whether the joined parts are a role word that may be split there: each part is a word or a piece of a role word. */
function isWrittenAs(parts: readonly string[], isWord: (joined: string) => boolean): boolean {
  if (!isWord(parts.join(''))) return false;
  return parts.length === 1 || parts.every((part) => isWholePart(part.replace(/[0-9]+$/, '')));
}

function isWholePart(part: string): boolean {
  return part === '' || WORDS.has(part) || WORD_PARTS.has(part);
}

function isRoleWord(joined: string): boolean {
  return WORDS.has(joined) || isNumbered(joined) || isCompound(joined);
}

/** `billing2024`, `info1`: a role and a number. */
function isNumbered(joined: string): boolean {
  const word = joined.replace(/[0-9]+$/, '');
  return word !== joined && word.length >= NUMBERED_WORD_LENGTH_MIN && WORDS.has(word);
}

/** Two role words without a separator. */
function isCompound(joined: string): boolean {
  const end = COMPOUND_ENDS.exec(joined);
  if (end !== null && WORDS.has(joined.slice(0, end.index))) return true;
  const start = COMPOUND_STARTS.exec(joined);
  return start !== null && WORDS.has(joined.slice(start[0].length));
}

/** At least one part is a role, and every other one is a role, a number, a qualifier or (at the front) a prefix. */
function isRoleOfParts(parts: readonly string[]): boolean {
  // `support.de.bot`: the longest run of leading parts that forms one word counts as that word (`no-reply-sales`).
  for (let length = parts.length - 1; length >= 1; length -= 1) {
    const head = parts.slice(0, length);
    const isRoleHead = isWrittenAs(head, (joined) => WORDS.has(joined) || isNumbered(joined));
    if (!isRoleHead && !(length === 1 && PREFIXES.has(head.join('')))) continue;
    const rest = parts.slice(length);
    const restIsFitting = rest.every((part) => isFitting(part)) || isRole(rest.join('-'));
    if (restIsFitting && (isRoleHead || rest.some((part) => WORDS.has(part)))) return true;
  }
  return false;
}

function isFitting(part: string): boolean {
  return WORDS.has(part) || QUALIFIERS.has(part) || /^[0-9]+$/.test(part) || isNumbered(part);
}
