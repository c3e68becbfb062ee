/** Version of the program, as `--version`, heartbeats and the OpenAPI document tell it; that of package.json (test/shared/version.test.ts). */
export const VERSION = '0.1.0';
