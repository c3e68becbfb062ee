/** Through which isolates reach the objects: a namespace cannot be handed to a loaded Worker, a service can. */
import { WorkerEntrypoint } from 'cloudflare:workers';

type Namespace = {
  getByName(name: string): Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;
};

export class ObjectHost extends WorkerEntrypoint<Readonly<Record<string, Namespace>>> {
  async callObject(namespace: string, name: string, method: string, given: readonly unknown[]): Promise<unknown> {
    return this.env[`NAMESPACE_${namespace}`]?.getByName(name)[method]?.(...given);
  }
}
