/**
 * Weighs what speaks for and against a name on the lists of disposable domains. Pure; used by build-disposable.ts.
 *
 * A list's word is a rumour. Lists copy each other, so lists of one origin are one voice, and a voice weighs by how its
 * names come about: seen on the page of a service, reviewed by people, sent in by anybody, taken over from a list of
 * senders of forum spam. A name stays where the voices outweigh the doubts. The figures are explained in
 * docs/DISPOSABLE.md.
 */

/**
 * `seen`: read from the page of a service, with the day. `reviewed`: each name with its evidence, and an allow list.
 * `sentIn`: anybody sends names in. `spam`: copies of a list of senders of forum spam, among others. `collected`: nothing
 * but the lists of others.
 */
export const VOICES = ['seen', 'reviewed', 'sentIn', 'spam', 'collected'] as const;
export type Voice = (typeof VOICES)[number];

const VOICE_WEIGHTS: Readonly<Record<Voice, number>> = { seen: 6, reviewed: 3, sentIn: 1, spam: 1, collected: 0 };
/** What a collector's word weighs about a name that none of its sources has any longer. */
const COLLECTED_ALONE_WEIGHT = 1;

export const DOUBT_WEIGHTS = {
  /** A slip away from a mail provider: somebody's typo, sent in by those who saw it bounce. */
  nearMiss: 5,
  /** Several names below it are listed one by one, by others than those who list it: anybody gets a name there. */
  sharedChildren: 2,
  /** Its registry asks for a company. */
  closedRegistry: 2,
  /** On a list of free mail that has disposable names among its own, and no name below another. */
  freeMail: 1,
  /** Three letters or fewer under com, net or org. */
  shortName: 1,
  /** A plain word under com: a company's, or parked by its owner for a price. */
  plainWord: 1,
  /** Somebody lists a name below it and not the name itself. */
  childOnly: 1,
} as const;
export type Doubt = keyof typeof DOUBT_WEIGHTS;

/** A name that says itself what it is for. */
const SAYS_SO =
  /spam|trash|temp-?(e?mail|inbox)|mail-?temp|minutes?-?e?mail|throw-?away|disposable|discard|burner|fake|dump|junk|wegwerf|jetable|mailinator|yopmail|guerrilla/;
const SAYS_SO_WEIGHT = 2;

/** How much speaks for the name: the voices together, and what it says of itself. */
export function weightFor(name: string, voices: ReadonlySet<Voice>): number {
  return weightOfVoices(voices) + (SAYS_SO.test(name) ? SAYS_SO_WEIGHT : 0);
}

function weightOfVoices(voices: ReadonlySet<Voice>): number {
  let weight = 0;
  for (const voice of voices) weight += VOICE_WEIGHTS[voice];
  return weight === 0 && voices.has('collected') ? COLLECTED_ALONE_WEIGHT : weight;
}

/** The heaviest doubt that what speaks for the name does not outweigh, or null where the name stays. */
export function decidingDoubt(name: string, voices: ReadonlySet<Voice>, doubts: Iterable<Doubt>): Doubt | null {
  const weight = weightFor(name, voices);
  const heavier = [...doubts].filter((doubt) => DOUBT_WEIGHTS[doubt] >= weight);
  return heavier.sort((a, b) => DOUBT_WEIGHTS[b] - DOUBT_WEIGHTS[a])[0] ?? null;
}

/** Names below it from which on a name counts as one where anybody gets a name. */
const SHARED_CHILDREN_MIN = 3;

/**
 * What the names below a listed name say about it: a voice that names one below and not the name itself means that one alone.
 * A collector's word counts on neither side, since it has only copies, and neither does a service's page, which names what
 * it offers today. But a name that only a collector has, above several listed ones, is one that it cut short.
 */
export function doubtsOfParents(voicesOf: ReadonlyMap<string, ReadonlySet<Voice>>): ReadonlyMap<string, Doubt> {
  const childrenOf = new Map<string, number>();
  const childOnly = new Set<string>();
  const cutShort = new Set<string>();
  for (const [name, voices] of voicesOf) {
    for (const parent of namesAbove(name)) {
      const parentVoices = voicesOf.get(parent);
      if (parentVoices === undefined) continue;
      childrenOf.set(parent, (childrenOf.get(parent) ?? 0) + 1);
      if ([...voices].some((voice) => isOwnWord(voice) && !parentVoices.has(voice))) childOnly.add(parent);
      else if ([...parentVoices].every((voice) => voice === 'collected')) cutShort.add(parent);
    }
  }
  const doubts = new Map<string, Doubt>();
  for (const [parent, children] of childrenOf) {
    const isShared = children >= SHARED_CHILDREN_MIN && (childOnly.has(parent) || cutShort.has(parent));
    if (isShared) doubts.set(parent, 'sharedChildren');
    else if (childOnly.has(parent)) doubts.set(parent, 'childOnly');
  }
  return doubts;
}

function isOwnWord(voice: Voice): boolean {
  return voice !== 'collected' && voice !== 'seen';
}

/** The names above a name, without the name itself and without a single label. */
export function* namesAbove(name: string): Generator<string> {
  for (let rest = name.slice(name.indexOf('.') + 1); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    yield rest;
  }
}
