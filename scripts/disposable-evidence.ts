/**
 * Weighs the evidence for and against a name on the lists of disposable domains. Pure; used by build-disposable.ts.
 *
 * A list is hearsay. Lists copy each other, so all lists of one origin count as one voice. The weight of a voice
 * depends on its method: names seen on the page of a service, reviewed by people, sent in by anybody, or taken over
 * from a list of senders of forum spam. A name stays if its voices outweigh its doubts. docs/DISPOSABLE.md explains the
 * figures.
 */

/**
 * `seen`: read from the page of a service, with the day. `reviewed`: each name with its evidence, and an allow list.
 * `sentIn`: anybody sends names in. `spam`: copies of a list of senders of forum spam, among others. `collected`: only
 * the lists of others.
 */
export const VOICES = ['seen', 'reviewed', 'sentIn', 'spam', 'collected'] as const;
export type Voice = (typeof VOICES)[number];

const VOICE_WEIGHTS: Readonly<Record<Voice, number>> = { seen: 6, reviewed: 3, sentIn: 1, spam: 1, collected: 0 };
/** Weight of a collector's entry that none of its sources has any longer. */
const COLLECTED_ALONE_WEIGHT = 1;

export const DOUBT_WEIGHTS = {
  /** One slip away from a mail provider: a common typo, reported by people whose mail to it bounced. */
  nearMiss: 5,
  /**
   * Several names below it are listed one by one, by other voices than those that list it: anybody can register a name
   * there.
   */
  sharedChildren: 2,
  /** Its registry requires a company. */
  closedRegistry: 2,
  /** On a list of free mail that also has disposable names, and that name is not below another. */
  freeMail: 1,
  /** Three letters or fewer under com, net or org. */
  shortName: 1,
  /** A plain word under com: a company's, or parked at a price. */
  plainWord: 1,
  /** Another voice lists a name below it but not the name itself. */
  childOnly: 1,
} as const;
export type Doubt = keyof typeof DOUBT_WEIGHTS;

/** Names that state their purpose. */
const SAYS_SO =
  /spam|trash|temp-?(e?mail|inbox)|mail-?temp|minutes?-?e?mail|throw-?away|disposable|discard|burner|fake|dump|junk|wegwerf|jetable|mailinator|yopmail|guerrilla/;
const SAYS_SO_WEIGHT = 2;

/** Evidence for the name: the weight of its voices, and of its own wording. */
export function weightFor(name: string, voices: ReadonlySet<Voice>): number {
  return weightOfVoices(voices) + (SAYS_SO.test(name) ? SAYS_SO_WEIGHT : 0);
}

function weightOfVoices(voices: ReadonlySet<Voice>): number {
  let weight = 0;
  for (const voice of voices) weight += VOICE_WEIGHTS[voice];
  return weight === 0 && voices.has('collected') ? COLLECTED_ALONE_WEIGHT : weight;
}

/** The heaviest doubt that the evidence for the name does not outweigh, or null if the name stays. */
export function decidingDoubt(name: string, voices: ReadonlySet<Voice>, doubts: Iterable<Doubt>): Doubt | null {
  const weight = weightFor(name, voices);
  const heavier = [...doubts].filter((doubt) => DOUBT_WEIGHTS[doubt] >= weight);
  return heavier.sort((a, b) => DOUBT_WEIGHTS[b] - DOUBT_WEIGHTS[a])[0] ?? null;
}

/** Listed children from which on a name counts as one that lets anybody register below it. */
const SHARED_CHILDREN_MIN = 3;

/**
 * Doubts that the names below a listed name raise: a voice that lists a child but not the parent means the child alone.
 * A collector counts on neither side, since it has only copies, and neither does the page of a service, which names
 * only its offers of today. But a name that only a collector has, above several listed ones, was cut short by that
 * collector.
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

/** The parent names of a name, without the name itself and without a single label. */
export function* namesAbove(name: string): Generator<string> {
  for (let rest = name.slice(name.indexOf('.') + 1); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    yield rest;
  }
}
