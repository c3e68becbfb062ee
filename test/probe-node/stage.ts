/**
 * The setting for the node's flow tests: servers, and a node that asks them. After each test every session has been
 * closed, every script has been played to its end, and no socket is left.
 */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type MailServer, type ServerBehaviour, startMailServer } from './mail-server.ts';
import { createWorld, type World, type WorldSettings } from './node-world.ts';
import { openSockets, POLL } from './open-sockets.ts';
import { type Script, type ScriptedServer, startScriptedServer } from './smtp/scripted-server.ts';

type Listening = { readonly port: number };

export type Stage = {
  readonly serve: (behaviour?: Partial<ServerBehaviour>) => Promise<MailServer>;
  readonly play: (...scripts: readonly Script[]) => Promise<ScriptedServer>;
  /** A node for which these servers are `mx1.test`, `mx2.test` and so on. */
  readonly world: (servers: readonly Listening[], given?: WorldSettings) => World;
};

/** Sets a stage for each test of the file. */
export function setStage(): Stage {
  const worlds: World[] = [];
  const servers: MailServer[] = [];
  const scripted: ScriptedServer[] = [];
  let socketsBefore = 0;
  beforeEach(() => {
    socketsBefore = openSockets();
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const { ports } of worlds.splice(0)) ports.pool.close();
    for (const server of scripted) await server.played();
    await expect.poll(openSockets, POLL).toBe(socketsBefore);
    for (const server of [...servers.splice(0), ...scripted.splice(0)]) await server.close();
  });
  return {
    serve: async (behaviour) => {
      const server = await startMailServer(behaviour);
      servers.push(server);
      return server;
    },
    play: async (...scripts) => {
      const server = await startScriptedServer(...scripts);
      scripted.push(server);
      return server;
    },
    world: (listening, given) => {
      const world = createWorld(
        listening.map(({ port }) => port),
        given,
      );
      worlds.push(world);
      return world;
    },
  };
}
