/** The bindings of lists where no list is made. */
import type { Env } from '../../../edge/env.ts';
import { createMapBucket } from './map-bucket.ts';

export function noLists(): Pick<Env, 'FILES' | 'LISTS'> {
  return {
    FILES: createMapBucket(),
    LISTS: {
      getByName() {
        throw new Error('no list is asked for here');
      },
    },
  };
}
