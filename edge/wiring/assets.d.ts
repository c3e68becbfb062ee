/** Binary assets are bundled by wrangler's Data rule and arrive as the bytes they are. */
declare module '*.bin' {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** workerd has Node's Buffer under nodejs_compat; this much of it is used. */
declare module 'node:buffer' {
  type TextEncoding = 'utf8' | 'latin1' | 'base64';
  export interface Buffer extends Uint8Array<ArrayBuffer> {
    toString(encoding?: TextEncoding): string;
    write(text: string, offset: number, encoding: TextEncoding): number;
    writeUInt32BE(value: number, offset: number): number;
  }
  export const Buffer: {
    from(octets: ArrayBufferLike, offset: number, length: number): Buffer;
    from(text: string, encoding: TextEncoding): Buffer;
    alloc(octets: number): Buffer;
  };
}
