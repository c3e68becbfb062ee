import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Examination } from '../../../probe-node/doctor/checks.ts';
import { createExamine, type ExamineSettings } from '../../../probe-node/doctor/examine.ts';
import { doctorFindingSchema } from '../../../shared/enrolment.ts';
import { type Internet, OPERATORS, startInternet } from './internet.ts';

let internet: Internet;

beforeEach(async () => {
  internet = await startInternet();
});

afterEach(async () => {
  await internet.close();
});

async function examine(changes: Partial<ExamineSettings> = {}): Promise<Examination> {
  const ports = { nowMs: () => Date.now(), localAddresses: () => ['127.0.0.1', '::1', 'fe80::1'] };
  const examination = await createExamine({ ...internet.settings, ...changes }, ports)(new AbortController().signal);
  for (const finding of examination.findings) expect(doctorFindingSchema().parse(finding)).toEqual(finding);
  return examination;
}

/** Check to level, those that are fine left out. */
function complaintsOf({ findings }: Examination): Readonly<Record<string, string>> {
  const wrong = findings.filter(({ level }) => level === 'fault' || level === 'warning');
  return Object.fromEntries(wrong.map(({ check, level }) => [check, level]));
}

function finding({ findings }: Examination, check: string) {
  const found = findings.find((one) => one.check === check);
  if (found === undefined) throw new Error(`nothing about ${check}`);
  return found;
}

describe('a healthy node', () => {
  test('a healthy node gets a fine finding for each check', async () => {
    const examination = await examine();
    expect(examination.port).toBe('open');
    expect(complaintsOf(examination)).toEqual({});
    expect(finding(examination, 'port_25').detail).toContain('Google, Microsoft, Yahoo, Apple, GMX greet');
    expect(finding(examination, 'public_ip').detail).toContain('127.0.0.1 (from the socket)');
  });

  test('the examination of a healthy node sends mail servers nothing but QUIT', async () => {
    await examine();
    await expect.poll(() => internet.said.map(({ text }) => text)).toEqual(OPERATORS.map(() => 'QUIT\r\n'));
  });
});

describe('port 25', () => {
  test('port 25 is open if four of five hosts do not greet: a host is no verdict', async () => {
    internet.greetings.fill(null, 1);
    expect((await examine()).port).toBe('open');
  });

  test('port 25 is open if the greeting is a refusal, also of more lines', async () => {
    OPERATORS.forEach((domain, index) => {
      internet.greetings[index] = `554-mx.${domain} no\r\n554 because`;
    });
    expect((await examine()).port).toBe('open');
  });

  test('port 25 is closed if no host can be reached', async () => {
    await internet.closePort();
    const examination = await examine();
    expect(examination.port).toBe('closed');
    expect(finding(examination, 'port_25')).toMatchObject({
      level: 'fault',
      detail: expect.stringMatching(/^Port 25 is closed from .*Google.*\(ECONNREFUSED\)/),
      fix: expect.stringContaining('hosting provider'),
    });
  });

  test('port 25 is closed if every host hangs up without a greeting, or is no mail server', async () => {
    internet.greetings.fill(null);
    internet.greetings[2] = 'SSH-2.0-OpenSSH_9.6';
    const examination = await examine();
    expect(examination.port).toBe('closed');
    expect(finding(examination, 'port_25').detail).toContain('closed_before_greeting, not_a_reply');
  });

  test('port 25 is as good as closed if a machine in between greets for all hosts', async () => {
    internet.greetings.fill('220 relay.isp.example ESMTP');
    const examination = await examine();
    expect(examination.port).toBe('closed');
    expect(finding(examination, 'port_25').detail).toContain('all greet as relay.isp.example');
  });

  test('port 25 is open if all refuse in the same words: those are no name', async () => {
    internet.greetings.fill('554 Service.unavailable; client host blocked');
    expect((await examine()).port).toBe('open');
  });

  test('port 25 is unclear if no host can be looked up', async () => {
    for (const domain of OPERATORS) internet.zone[`${domain} MX`] = 'SERVFAIL';
    const examination = await examine();
    expect(examination.port).toBe('unclear');
    expect(finding(examination, 'port_25').level).toBe('skipped');
    expect(finding(examination, 'dns')).toMatchObject({ level: 'fault', detail: expect.stringContaining('ESERVFAIL') });
    expect(internet.said).toEqual([]);
  });

  test('port 25 is never knocked at if no job could connect: a private address is left alone', async () => {
    expect((await examine({ allowedNetworks: [] })).port).toBe('unclear');
    expect(internet.said).toEqual([]);
  });
});

describe('several source addresses', () => {
  test('several source addresses are examined one by one, each for its own name, and one that is not there closes the node', async () => {
    internet.zone['probe2.example.com A'] = ['127.0.0.2'];
    internet.zone['2.0.0.127.in-addr.arpa PTR'] = ['probe2.example.com'];
    internet.zone['probe2.example.com TXT'] = ['v=spf1 a -all'];
    internet.zone['probe2.example.com MX'] = ['10 mail.example.com'];
    const sources = [
      { ip: '127.0.0.1', heloName: 'probe1.example.com' },
      { ip: '127.0.0.2', heloName: 'probe2.example.com' },
    ];
    // 127.0.0.2 is the test entry of every blocklist.
    const both = await examine({ sources });
    expect([both.port, Object.keys(complaintsOf(both))]).toEqual(['open', ['blocklist']]);
    expect(internet.said).toHaveLength(2 * OPERATORS.length);
    // From the documentation range: no machine has it.
    const missing = await examine({ sources: [...sources, { ip: '192.0.2.9', heloName: 'probe3.example.com' }] });
    expect(missing.port).toBe('closed');
    expect(finding(missing, 'port_25')).toMatchObject({
      level: 'fault',
      fix: 'Give this machine the address 192.0.2.9, or take it out of PROBE_SOURCE_IPS.',
    });
  });
});

describe('the public address', () => {
  // A public address without any connection: it is only looked up, on loopback.
  const seen = '11.22.33.44';

  test('the public address behind NAT is what the edge has seen', async () => {
    internet.edge.trace = `h=edge.test\nip=${seen}\nts=1\n`;
    internet.zone['44.33.22.11.in-addr.arpa PTR'] = ['probe1.example.com'];
    internet.zone['probe1.example.com A'] = [seen];
    const examination = await examine({ allowedNetworks: [] });
    expect(finding(examination, 'public_ip')).toMatchObject({
      level: 'fine',
      detail: `Mail servers see ${seen} (from the edge).`,
    });
    expect(finding(examination, 'host_name').level).toBe('fine');
  });

  test.each(['ip=11.22.33.4400', 'ip=::1', 'ip=10.0.0.1', '<html>'])(
    'is not taken from an answer such as %s',
    async (trace) => {
      internet.edge.trace = `${trace}\n`;
      const examination = await examine({ allowedNetworks: [] });
      expect(finding(examination, 'public_ip').level).toBe('warning');
      expect(finding(examination, 'host_name').level).toBe('skipped');
    },
  );

  test('a public address that no one has seen is assumed to be that of the EHLO name, and the finding says so', async () => {
    internet.zone['probe1.example.com A'] = [seen];
    internet.zone['44.33.22.11.in-addr.arpa PTR'] = ['probe1.example.com'];
    const examination = await examine({ allowedNetworks: [] });
    expect(finding(examination, 'public_ip').detail).toContain(`assumed to be ${seen}`);
    expect(finding(examination, 'host_name').level).toBe('fine');
  });
});

describe('names', () => {
  test('names that do not agree are shown with the record to add', async () => {
    internet.zone['probe1.example.com A'] = ['192.0.2.1'];
    expect(finding(await examine(), 'host_name')).toMatchObject({
      level: 'fault',
      fix: 'Add the DNS record: probe1.example.com. A 127.0.0.1',
    });
  });

  test('names that are none at all are shown with the reverse name to set', async () => {
    delete internet.zone['1.0.0.127.in-addr.arpa PTR'];
    expect(finding(await examine(), 'host_name')).toMatchObject({
      level: 'fault',
      fix: expect.stringMatching(/set the reverse name of 127\.0\.0\.1 to probe1\.example\.com/),
    });
  });

  test('names of an end user are pointed out', async () => {
    internet.zone['1.0.0.127.in-addr.arpa PTR'] = ['127-0-0-1.dsl.isp.example'];
    internet.zone['127-0-0-1.dsl.isp.example A'] = ['127.0.0.1'];
    expect(complaintsOf(await examine())).toEqual({ host_name: 'warning', network_range: 'warning' });
  });
});

describe('the sender', () => {
  test('the sender with a domain of its own is looked at there, for every source', async () => {
    internet.zone['mail.example.org TXT'] = ['v=spf1 include:_spf.example.org ~all'];
    internet.zone['_spf.example.org TXT'] = ['v=spf1 ip4:192.0.2.0/24 -all'];
    const examination = await examine({ mailFrom: 'verify@mail.example.org' });
    expect(finding(examination, 'sender_domain').level).toBe('fault');
    expect(finding(examination, 'spf')).toMatchObject({
      level: 'warning',
      fix: 'Change the DNS record to: mail.example.org. TXT "v=spf1 ip4:127.0.0.1 include:_spf.example.org ~all"',
    });
  });

  test('the sender that is the null sender is looked at by its EHLO name, which need not take mail', async () => {
    delete internet.zone['probe1.example.com MX'];
    const examination = await examine({ mailFrom: '' });
    expect(complaintsOf(examination)).toEqual({});
    expect(finding(examination, 'sender_domain').level).toBe('skipped');
  });
});

describe('the blocklists', () => {
  test('the blocklists that list the address are named with the reason and the place to ask for removal', async () => {
    internet.zone['1.0.0.127.zen.spamhaus.org A'] = ['127.0.0.4'];
    // 127.0.0.1 is the test entry that must not be listed: the list cannot be believed.
    expect(complaintsOf(await examine())).toEqual({ blocklist_access: 'warning' });
    const sources = [{ ip: '127.0.0.9', heloName: 'probe1.example.com' }];
    delete internet.zone['1.0.0.127.zen.spamhaus.org A'];
    internet.zone['9.0.0.127.zen.spamhaus.org A'] = ['127.0.0.4', '127.0.0.10'];
    expect(finding(await examine({ sources }), 'blocklist')).toMatchObject({
      level: 'fault',
      detail: expect.stringMatching(/Spamhaus ZEN lists 127\.0\.0\.9 \(XBL: .*; PBL: /),
      fix: expect.stringContaining('https://check.spamhaus.org/'),
    });
  });

  test('the blocklists that refuse the resolver are not taken for a listing, and it is said how to mend it', async () => {
    internet.zone['2.0.0.127.zen.spamhaus.org A'] = ['127.255.255.254'];
    internet.zone['1.0.0.127.zen.spamhaus.org A'] = ['127.255.255.254'];
    const examination = await examine();
    expect(complaintsOf(examination)).toEqual({ blocklist_access: 'warning' });
    expect(finding(examination, 'blocklist_access')).toMatchObject({
      detail: expect.stringContaining('a public one'),
      fix: expect.stringContaining('PROBE_DNS=127.0.0.1:53'),
    });
  });

  test('the blocklists that are silent about their own test entry say nothing about the node', async () => {
    internet.zone['2.0.0.127.b.barracudacentral.org A'] = 'REFUSED';
    delete internet.zone['2.0.0.127.psbl.surriel.com A'];
    const examination = await examine();
    const details = examination.findings
      .filter(({ check }) => check === 'blocklist_access')
      .map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringContaining('Barracuda does not answer (EREFUSED)'),
      expect.stringContaining('PSBL does not know its own test entry'),
    ]);
    expect(finding(examination, 'blocklist').detail).not.toMatch(/Barracuda|PSBL/);
  });
});

describe('resolvers that answer nothing at all', () => {
  test('resolvers that answer nothing at all are one fault and no verdict about the port, the lists or the names', async () => {
    for (const name of Object.keys(internet.zone)) internet.zone[name] = 'REFUSED';
    const examination = await examine({ mailFrom: '' });
    expect(examination.port).toBe('unclear');
    expect(examination.findings.map(({ check, level }) => `${check} ${level}`)).toEqual([
      'dns fault',
      'public_ip warning',
      'blocklist_access warning',
      'port_25 skipped',
      'host_name skipped',
      'sender_domain skipped',
      'spf skipped',
      'blocklist skipped',
      'network_range skipped',
      'certificate skipped',
      'edge fine',
      'clock fine',
    ]);
  });
});

describe('the edge', () => {
  test('the edge that answers something else is a fault', async () => {
    internet.edge.status = 404;
    expect(complaintsOf(await examine())).toEqual({ edge: 'fault' });
  });

  test('the edge that cannot be reached is a fault, and its clock is unknown', async () => {
    const examination = await examine({ edge: new URL('http://127.0.0.1:1') });
    expect(complaintsOf(examination)).toEqual({ edge: 'fault' });
    expect(finding(examination, 'edge').detail).toContain('ECONNREFUSED');
    expect(finding(examination, 'clock').level).toBe('skipped');
  });

  test('the edge that has another time shows by how much our clock is off', async () => {
    internet.edge.date = new Date(Date.now() - 300_000).toUTCString();
    expect(finding(await examine(), 'clock')).toMatchObject({
      level: 'fault',
      detail: expect.stringMatching(/29[89]\.[0-9] s ahead of/),
    });
  });
});
