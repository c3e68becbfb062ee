/** The platform without a Cache API, as on workers.dev: slower, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM } from '../../rehearsal/limits.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ limits: { ...PLATFORM, cache: 'none' } });
});

afterAll(() => stage?.close());

describe('on workers.dev, where the Cache API keeps nothing', () => {
  test.each([
    ['ada@good.test', 'accepted'],
    ['nobody@good.test', 'mailbox_not_found'],
    ['anyone@catchall.test', 'catch_all'],
    ['ada@nodomain.test', 'no_domain'],
    ['ada@blocked.test', 'blocked'],
  ])('%s is %s, when it is asked about again as well', async (email, reason) => {
    expect((await stage.ask(email)).reason).toBe(reason);
    expect((await stage.ask(email)).reason).toBe(reason);
  });
});
