/**
 * Makes the local part for a catch-all probe: a random mailbox that does not exist, to learn whether a domain accepts
 * every name.
 *
 * It looks like a person's (given name, dot, invented surname, two digits), so that no filter takes it for noise, and
 * is drawn from 64 × 64^4 × 90 possibilities, so that it never repeats and no mailbox has it.
 */

const GIVEN_NAMES = (
  'anna lena marie laura julia sarah emma clara nora elena irina paula ines marta carla silvia monica diana helena ' +
  'alice jonas lukas david simon oscar felix martin thomas peter paul mark daniel robert stefan andre victor hugo ' +
  'bruno mario carlo luis diego pablo rafael oliver henry george edward arthur louis emil anton viktor maxim roman ' +
  'karol jan pavel tomas milan goran adrian'
).split(' ');

const SYLLABLES = (
  'bar bel ber bor dal del dor dra fal fen fer gar gel gor hal hel her hol kal kel ker kor kra lan lem len lin lor ' +
  'mal mar mel men mor nal ner nor pal per pol ral ren ros sal sel sen sil sol tal tel ten tor tra val van vel ver ' +
  'vil vol war wel wen wil zan zel zor'
).split(' ');

/** Draws a local part. `random` returns numbers in [0, 1). */
export function strangerLocalPart(random: () => number): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  const surname = Array.from({ length: 4 }, () => pick(SYLLABLES)).join('');
  return `${pick(GIVEN_NAMES)}.${surname}${10 + Math.floor(random() * 90)}`;
}
