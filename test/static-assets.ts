/** Builds the static files of the edge once, before any test file. */
import { buildAssets } from '../scripts/build-assets.ts';

export const setup = (): Promise<void> => buildAssets();
