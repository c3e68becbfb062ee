// The open benchmark's harness, with this project and one peer from npm over a handful of cases, so that it cannot rot.

import { beforeAll, describe, expect, test } from 'vitest';
import { installNpmPeers, missingParts } from '../../bench/versus/run/install.ts';
import { runInNamespace } from '../../bench/versus/run/namespace.ts';
import { partSchemas } from '../../bench/versus/run/results.ts';
import { tallyHonesty } from '../../bench/versus/score/tally.ts';
import { readReplies } from '../../bench/versus/sets/replies.ts';

const LIMIT = 20;

let npmFolder = '';

beforeAll(async () => {
  npmFolder = await installNpmPeers(() => {});
});

describe('the open benchmark', () => {
  test('this machine lacks nothing that it needs', async () => {
    expect(await missingParts()).toEqual([]);
  });

  test.each([
    { peer: 'vrfy', falseInvalid: 0 },
    // It takes the two refusals of the asker among them, which begin with 550, for a missing mailbox.
    { peer: 'deep-email-validator', falseInvalid: 2 },
  ])('asks $peer about labelled replies in a namespace of its own', async ({ peer, falseInvalid }) => {
    const replies = readReplies().slice(0, LIMIT);
    const { verdicts } = partSchemas.honesty.parse(
      await runInNamespace({ peer, part: 'honesty', npmFolder, limit: LIMIT }),
    );
    expect(Object.keys(verdicts)).toEqual(replies.map(({ id }) => id));
    expect(Object.values(verdicts)).not.toContain(null);
    expect(tallyHonesty({ verdicts }, replies).falseInvalid.count).toBe(falseInvalid);
  });

  test('notes what a peer does to odd servers', async () => {
    const outcome = await runInNamespace({ peer: 'deep-email-validator', part: 'behaviour', npmFolder, limit: 8 });
    const behaviour = partSchemas.behaviour.parse(outcome);
    expect(behaviour.verdicts).toMatchObject({ exists: 'deliverable', unknown: 'invalid', 'catch-all': 'deliverable' });
    expect(behaviour).toMatchObject({ spoke_early: [], sent_data: [], own_machine: 0 });
  });
});
