/** The services of a small world: what the app is given in tests that ask it over HTTP. */
import type { JWK } from 'jose';
import { deleteMark, getMark, listMarks, putMark } from '../../edge/domains/mark.ts';
import type { Services } from '../../edge/services.ts';
import { nobodysNodes } from './nodes/registry-world.ts';
import type { World } from './small-world.ts';

export function smallServices({ ports, gather, store }: World, publicKeys: readonly JWK[] = []): Services {
  return {
    ports,
    gather,
    publicKeys,
    openRecheck: async () => null,
    nodes: nobodysNodes(),
    freshenNames: () => null,
    marks: {
      get: (domain) => getMark(store, domain),
      put: (domain, mark) => putMark(store, domain, mark, ports.nowMs()),
      delete: (domain) => deleteMark(store, domain),
      list: (cursor) => listMarks(store, cursor),
    },
    refreshOverlay: async () => {},
  };
}
