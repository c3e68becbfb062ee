/** As much of Node's Buffer as edge/lists/file/records.ts uses, for browsers: one character for each octet. */

/** Characters that `String.fromCharCode` takes in one call everywhere. */
const RUN = 8_192;

function textOf(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at += RUN) text += String.fromCharCode(...octets.subarray(at, at + RUN));
  return text;
}

export const Buffer = {
  /** Octets with a `toString` that gives Latin-1, or the octets of a Latin-1 text. */
  from(source: ArrayBuffer | string, ...view: readonly [byteOffset: number, byteLength: number] | readonly ['latin1']) {
    if (typeof source === 'string') return Uint8Array.from(source, (character) => character.charCodeAt(0));
    const [byteOffset, byteLength] = view;
    const octets = new Uint8Array(source, Number(byteOffset), byteLength);
    return { toString: () => textOf(octets) };
  },
};
