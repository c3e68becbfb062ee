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
  test('vrfy node doctor prints each check and ends with 0 if there is nothing to mend', async () => {
    const { code, stdout, stderr } = await vrfy(['node', 'doctor'], internet.environment);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^fine +port_25 +Port 25 is open from 127\.0\.0\.1/m);
    expect(stdout).not.toMatch(/FAULT|warning/);
  });

  test('vrfy node doctor ends with 1 for a fault, which comes first with the exact fix below it', async () => {
    internet.zone['probe1.example.com A'] = ['192.0.2.1'];
    const { code, stdout } = await vrfy(['node', 'doctor'], internet.environment);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAULT +host_name .*\n +-> Add the DNS record: probe1\.example\.com\. A 127\.0\.0\.1\n/);
  });

  test('vrfy node doctor prints one line of JSON with --json', async () => {
    await internet.closePort();
    const { code, stdout } = await vrfy(['node', 'doctor', '--json'], internet.environment);
    const { faults, findings } = JSON.parse(stdout);
    expect([code, faults, findings[0].check]).toEqual([1, 1, 'port_25']);
    expect(stdout.trimEnd()).not.toContain('\n');
  });

  test('vrfy node doctor keeps texts from DNS from steering the terminal', async () => {
    internet.zone['1.0.0.127.in-addr.arpa PTR'] = ['\u001b[31mred\u0007.example.com'];
    const { stdout } = await vrfy(['node', 'doctor'], internet.environment);
    expect(controlsOf(stdout)).toEqual([]);
  });

  test('vrfy node doctor asks no server in a laboratory', async () => {
    const { code, stdout } = await vrfy(['node', 'doctor'], { ...internet.environment, PROBE_DOCTOR: 'auto' });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^skipped +port_25 .*laboratory/)]);
    expect([internet.asked, internet.said]).toEqual([[], []]);
  });

  test('vrfy node doctor names each bad setting and ends with 78', async () => {
    const { code, stderr } = await vrfy(['node', 'doctor'], { ...internet.environment, PROBE_HELO: 'no name' });
    expect(code).toBe(78);
    expect(stderr).toContain('PROBE_HELO: must be a host name');
  });

  test('vrfy node doctor is wrong use with an unknown subcommand', async () => {
    expect((await vrfy(['node', 'surgeon'])).code).toBe(2);
  });
});
