import { expect, test } from 'vitest';
import { createMeter } from '../../probe-node/metrics.ts';

test('a source that rests for servers without a known provider is counted without the names of their hosts', async () => {
  const meter = createMeter({
    idleSessions: () => 0,
    closedLanes: () => 0,
    runningJobs: () => 0,
    restingSources: () => [
      { source: '192.0.2.1', provider: 'google' },
      { source: '192.0.2.1', provider: 'mx1.customer.example' },
      { source: '192.0.2.1', provider: 'mx2.customer.example' },
    ],
  });
  const lines = (await meter.render()).split('\n').filter((line) => line.startsWith('vrfy_source_resting{'));
  expect(lines.sort()).toEqual([
    'vrfy_source_resting{source="192.0.2.1",provider="google"} 1',
    'vrfy_source_resting{source="192.0.2.1",provider="other"} 1',
  ]);
});
