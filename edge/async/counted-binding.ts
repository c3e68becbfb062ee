/** Bindings of the platform whose calls count among the six connections of an invocation (connections.ts). */
import { withConnection } from './connections.ts';

type Call = (...given: unknown[]) => Promise<unknown>;

/** The same binding, with methods that take a connection each. */
export function countedBinding<B extends object>(binding: B, methods: readonly (keyof B & string)[]): B {
  const counted = new Map<string | symbol, Call>(
    methods.map((method) => [
      method,
      // A binding's methods must be called as its own.
      (...given) => withConnection('other', () => (binding[method] as Call).apply(binding, given)),
    ]),
  );
  return new Proxy(binding, {
    get(target, name) {
      const value: unknown = counted.get(name) ?? Reflect.get(target, name);
      return typeof value === 'function' && !counted.has(name) ? value.bind(target) : value;
    },
  });
}
