import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Internet, startInternet } from '../probe-node/doctor/internet.ts';
import { controlsOf, vrfy } from './vrfy.ts';

let internet: Internet;

beforeEach(async () => {
  internet = await startInternet();
});

afterEach(async () => {
  await internet.close();
});

describe('vrfy node doctor', () => {
  test('prints each check and ends with 0 where nothing is to be mended', async () => {
    const { code, stdout, stderr } = await vrfy(['node', 'doctor'], internet.environment);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^fine +port_25 +Port 25 is open from 127\.0\.0\.1/m);
    expect(stdout).not.toMatch(/FAULT|warning/);
  });

  test('ends with 1 for a fault, which comes first with the exact fix below it', async () => {
    internet.zone['probe1.example.com A'] = ['192.0.2.1'];
    const { code, stdout } = await vrfy(['node', 'doctor'], internet.environment);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAULT +host_name .*\n +-> Add the DNS record: probe1\.example\.com\. A 127\.0\.0\.1\n/);
  });

  test('prints one line of JSON with --json', async () => {
    await internet.closePort();
    const { code, stdout } = await vrfy(['node', 'doctor', '--json'], internet.environment);
    const { faults, findings } = JSON.parse(stdout);
    expect([code, faults, findings[0].check]).toEqual([1, 1, 'port_25']);
    expect(stdout.trimEnd()).not.toContain('\n');
  });

  test('lets nothing that DNS says steer the terminal', async () => {
    internet.zone['1.0.0.127.in-addr.arpa PTR'] = ['\u001b[31mred\u0007.example.com'];
    const { stdout } = await vrfy(['node', 'doctor'], internet.environment);
    expect(controlsOf(stdout)).toEqual([]);
  });

  test('asks nobody anything in a laboratory', async () => {
    const { code, stdout } = await vrfy(['node', 'doctor'], { ...internet.environment, PROBE_DOCTOR: 'auto' });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^skipped +port_25 .*laboratory/)]);
    expect([internet.asked, internet.said]).toEqual([[], []]);
  });

  test('names each bad setting and ends with 78', async () => {
    const { code, stderr } = await vrfy(['node', 'doctor'], { ...internet.environment, PROBE_HELO: 'no name' });
    expect(code).toBe(78);
    expect(stderr).toContain('PROBE_HELO: must be a host name');
  });

  test('is wrong use without a command that exists', async () => {
    expect((await vrfy(['node', 'surgeon'])).code).toBe(2);
  });
});
