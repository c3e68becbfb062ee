/** Binary assets are bundled by wrangler's Data rule and arrive as the bytes they are. */
declare module '*.bin' {
  const bytes: ArrayBuffer;
  export default bytes;
}
