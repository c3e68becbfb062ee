/**
 * Version of the program, reported by `--version`, heartbeats and the OpenAPI document; equal to package.json
 * (test/shared/version.test.ts).
 */
export const VERSION = '0.1.0';
