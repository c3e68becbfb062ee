import { describe, expect, test } from 'vitest';
import { asInvocation } from '../../../edge/async/connections.ts';
import { countedBinding } from '../../../edge/async/counted-binding.ts';
import { gate } from '../small-world.ts';

/** A binding as the platform makes it: its methods are on its prototype and need it as `this`. */
class Bucket {
  readonly names: string[] = [];
  readonly #end = gate<void>();

  async get(name: string): Promise<string> {
    this.names.push(name);
    await this.#end.passed;
    return name;
  }

  end(): void {
    this.#end.open(undefined);
  }
}

describe('a counted binding', () => {
  test('a counted binding has five of the named calls under way in an invocation, and the others after them', async () => {
    const bucket = new Bucket();
    const counted = countedBinding(bucket, ['get']);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const got = asInvocation(() => Promise.all(names.map((name) => counted.get(name))));
    await expect.poll(() => bucket.names).toEqual(names.slice(0, 5));
    counted.end();
    expect(await got).toEqual(names);
  });

  test('a counted binding gives its connection back when a call fails', async () => {
    const broken = countedBinding({ get: () => Promise.reject(new Error('refused')) }, ['get']);
    await asInvocation(async () => {
      for (let times = 0; times < 7; times += 1) await expect(broken.get()).rejects.toThrow('refused');
    });
  });
});
