/**
 * Look-ups in the provider table hold to whole labels, and the table contradicts itself nowhere.
 */
import { describe, expect, test } from 'vitest';
import { PROVIDERS, providerById, providerOfDomain, providerOfMx } from '../../shared/providers.ts';

describe('the provider of an MX host', () => {
  test.each([
    ['gmail-smtp-in.l.google.com', 'google'],
    ['ASPMX.L.GOOGLE.COM.', 'google'],
    ['smtp.google.com', 'google'],
    ['outlook-com.olc.protection.outlook.com', 'outlook'],
    ['eur.olc.protection.outlook.com', 'outlook'],
    ['example-org.mail.protection.outlook.com', 'microsoft365'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx-aol.mail.gm0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'icloud'],
    ['mx00.gmx.net', 'gmx'],
    ['mxa-00000000.gslb.pphosted.com', 'proofpoint'],
    ['eu-smtp-inbound-1.mimecast.com', 'mimecast'],
    ['mx.yandex.ru', 'yandex'],
    ['google.com', 'google'],
  ])('%s is %s', (host, id) => {
    expect(providerOfMx(host)?.id).toBe(id);
  });

  test.each([
    'notgoogle.com',
    'google.com.example.org',
    'l.google.co',
    'mx.example.org',
    'outlook.com',
    'localhost',
    '',
  ])('%j belongs to no one, because a suffix counts on a label boundary only', (host) => {
    expect(providerOfMx(host)).toBeNull();
  });

  test.each([
    'ec2-192-0-2-1.compute-1.amazonaws.com',
    'mail.eu-west-1.compute.amazonaws.com',
    'my-balancer-1.elb.us-east-1.amazonaws.com',
    'ns3012345.ip-192-0-2.eu',
    'ns3012345.ovh.net',
    'vps-0a1b2c3d.vps.ovh.net',
    'vps123456.ovh.ca',
    'ip-192-0-2-1.ip.secureserver.net',
    's192-0-2-1.secureserver.net',
    'p3plcpnl0123.prod.phx3.secureserver.net',
    'static.1.2.0.192.clients.your-server.de',
    'li123-45.members.linode.com',
    'vmi123456.contaboserver.net',
    'srv123456.hstgr.cloud',
    'srv123.main-hosting.eu',
    'srv123.hostinger.com',
    'mybox.westeurope.cloudapp.azure.com',
    'mybox.cloudapp.net',
    '1.2.0.192.bc.googleusercontent.com',
    'host1-2-0-192.serverdedicati.aruba.it',
    'ov-0a1b2c.infomaniak.ch',
    'h1234567.stratoserver.net',
    'w0123456.rzone.de',
    's12345678.kundenserver.de',
    'vps123.publiccloud.com.br',
    'vps1234.locaweb.com.br',
    'c-192-0-2-1.hsd1.ca.comcast.net',
    'mail.customer.comcastbusiness.net',
    'cpe-192-0-2-1.socal.res.rr.com',
    'rrcs-192-0-2-1.nyc.biz.rr.com',
    'mail.firm.biz.rr.com',
    'wsip-192-0-2-1.ph.ph.cox.net',
    'ool-c0000201.dyn.optonline.net',
    'p4fe12345.dip0.t-ipconnect.de',
    'lfbn-par-1-2-3.w192-0.abo.wanadoo.fr',
    'box.hd.free.fr',
    'c0000201.bb.sky.com',
    '192.0.2.1.google.com',
  ])('%j is the machine of a customer, and belongs to no one', (host) => {
    expect(providerOfMx(host)).toBeNull();
  });

  test.each([
    ['inbound-smtp.eu-west-1.amazonaws.com', 'amazon-workmail'],
    ['mx1.mail.ovh.net', 'ovh'],
    ['redirect.ovh.net', 'ovh'],
    ['smtp.secureserver.net', 'godaddy'],
    ['mailstore1.europe.secureserver.net', 'godaddy'],
    ['mx1.hostinger.com', 'hostinger'],
    ['mx01.ionos.de', 'ionos'],
    ['smtpin.rzone.de', 'strato'],
    ['spool.mail.gandi.net', 'gandi'],
    ['mx00.t-online.de', 't-online'],
    ['mx1.comcast.net', 'comcast'],
    ['smtp-in.orange.fr', 'orange'],
    ['in1-smtp.messagingengine.com', 'fastmail'],
  ])('%s is a mail host of %s, which alone runs names like it', (host, id) => {
    expect(providerOfMx(host)?.id).toBe(id);
  });

  test('the provider of an MX host is found by the longest suffix', () => {
    expect(providerOfMx('x.protection.outlook.com')?.id).toBe('microsoft365');
    expect(providerOfMx('x.olc.protection.outlook.com')?.id).toBe('outlook');
  });
});

describe('the provider of an address domain', () => {
  test.each([
    ['gmail.com', 'google'],
    ['GoogleMail.com', 'google'],
    ['hotmail.fr', 'outlook'],
    ['aol.com', 'yahoo'],
    ['me.com', 'icloud'],
    ['web.de', 'web-de'],
  ])('%s is %s', (domain, id) => {
    expect(providerOfDomain(domain)?.id).toBe(id);
  });

  test.each(['mail.gmail.com', 'example.org', ''])('%j has none: only the whole domain counts', (domain) => {
    expect(providerOfDomain(domain)).toBeNull();
  });
});

describe('the table', () => {
  test('the table has at least 60 providers with unique ids in kebab-case', () => {
    const ids = PROVIDERS.map((provider) => provider.id);
    expect(ids.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([]);
    expect(ids.map((id) => providerById(id)?.id)).toEqual(ids);
    expect(providerById('nobody')).toBeNull();
  });

  test('the table gives every MX suffix and every domain to one provider, in lower case', () => {
    for (const names of [PROVIDERS.flatMap((p) => p.mx), PROVIDERS.flatMap((p) => p.domains)]) {
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
      expect(names.filter((name) => !/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name))).toEqual([]);
    }
  });

  test('the table says of Yahoo alone that it accepts every name', () => {
    expect(PROVIDERS.filter((provider) => provider.rcpt === 'accepts_all').map((p) => p.id)).toEqual(['yahoo']);
  });

  test('the table asks Outlook.com for one recipient a transaction', () => {
    expect(providerById('outlook')?.recipientsPerTransaction).toBe(1);
  });

  test('the table bounds the pace towards every provider above nought', () => {
    const bounds = PROVIDERS.flatMap(({ pace }) => [
      pace.sessionsMax,
      pace.sessionsPerSecond,
      pace.recipientsPerSecond,
    ]);
    expect(bounds.filter((bound) => !(bound > 0))).toEqual([]);
  });
});
