import { describe, expect, test } from 'vitest';
import { parseNodeSettings, SettingsError } from '../../probe-node/settings.ts';
import { isAllowedTarget } from '../../probe-node/smtp/public-ip.ts';

const LEAST = { PROBE_EDGE: 'https://edge.example.com', PROBE_HELO: 'probe1.example.com' };

/** The complaint about a bad environment, or null if it is valid. */
function complaint(environment: Readonly<Record<string, string>>): string | null {
  try {
    parseNodeSettings({ ...LEAST, ...environment });
    return null;
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
}

describe('the settings', () => {
  test('the settings are whole with an edge and a HELO name alone', () => {
    expect(parseNodeSettings(LEAST)).toEqual({
      id: 'probe1-example-com',
      region: 'local',
      regionWanted: null,
      token: null,
      url: null,
      listen: { host: '127.0.0.1', port: 8788 },
      edge: new URL('https://edge.example.com'),
      mailFrom: null,
      sources: [{ ip: null, heloName: 'probe1.example.com' }],
      dnsServers: [],
      smtpPort: 25,
      allowedNetworks: [],
      routes: new Map(),
      isPaced: true,
      logLevel: 'info',
      tls: null,
      stateFolder: '.vrfy-node',
      doctor: 'auto',
    });
  });

  test('the settings are what the environment says', () => {
    const settings = parseNodeSettings({
      PROBE_ID: 'eu-1',
      PROBE_REGION: 'eu-central',
      PROBE_LISTEN: '[::1]:9000',
      PROBE_EDGE: 'http://127.0.0.1:8787/',
      PROBE_HELO: 'unused.example.com',
      PROBE_MAIL_FROM: 'check@mail.example.com',
      PROBE_SOURCE_IPS: '192.0.2.7=probe7.example.com, 192.0.2.8=probe8.example.com',
      PROBE_DNS: '127.0.0.1:5353, [::1]:53,9.9.9.9',
      PROBE_SMTP_PORT: '2525',
      PROBE_ALLOW_NETWORKS: '10.0.0.0/8,::1',
      PROBE_ROUTES: 'MX1.Example.Test=127.0.0.1:2526,mx2.example.test=[::1]:2527',
      PROBE_PACE: 'off',
      PROBE_TLS_CERT: '/etc/vrfy/cert.pem',
      PROBE_TLS_KEY: '/etc/vrfy/key.pem',
      PROBE_STATE: '/var/lib/vrfy',
      PROBE_URL: 'https://probe7.example.com',
      PROBE_DOCTOR: 'on',
    });
    expect(settings).toMatchObject({
      id: 'eu-1',
      region: 'eu-central',
      listen: { host: '::1', port: 9000 },
      mailFrom: 'check@mail.example.com',
      sources: [
        { ip: '192.0.2.7', heloName: 'probe7.example.com' },
        { ip: '192.0.2.8', heloName: 'probe8.example.com' },
      ],
      isPaced: false,
      dnsServers: ['127.0.0.1:5353', '[::1]:53', '9.9.9.9'],
      smtpPort: 2525,
      stateFolder: '/var/lib/vrfy',
      url: new URL('https://probe7.example.com'),
      doctor: 'on',
      tls: { certFile: '/etc/vrfy/cert.pem', keyFile: '/etc/vrfy/key.pem' },
    });
    expect([...settings.routes]).toEqual([
      ['mx1.example.test', { ip: '127.0.0.1', port: 2526 }],
      ['mx2.example.test', { ip: '::1', port: 2527 }],
    ]);
    expect(['10.1.2.3', '::1', '192.168.0.1'].map((ip) => isAllowedTarget(ip, settings.allowedNetworks))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('the settings know an empty sender as the null sender, and a missing one as that of each source', () => {
    expect(parseNodeSettings({ ...LEAST, PROBE_MAIL_FROM: '' }).mailFrom).toBe('');
    expect(parseNodeSettings(LEAST).mailFrom).toBeNull();
  });

  test('the settings normalise the sender', () => {
    expect(parseNodeSettings({ ...LEAST, PROBE_MAIL_FROM: ' Check@MAIL.Example.com ' }).mailFrom).toBe(
      'Check@mail.example.com',
    );
  });

  test('the settings take source addresses of both families', () => {
    expect(parseNodeSettings({ ...LEAST, PROBE_SOURCE_IPS: '2001:db8::7=probe7.example.com' }).sources).toEqual([
      { ip: '2001:db8::7', heloName: 'probe7.example.com' },
    ]);
  });

  test('the settings let lists be empty and have blanks', () => {
    const lists = ['PROBE_DNS', 'PROBE_ALLOW_NETWORKS', 'PROBE_ROUTES', 'PROBE_SOURCE_IPS'];
    for (const value of ['', ' ', ' , ']) {
      expect(complaint(Object.fromEntries(lists.map((name) => [name, value])))).toBeNull();
    }
  });

  test('the settings ignore variables of others', () => {
    expect(parseNodeSettings({ ...LEAST, PATH: '/bin', PROBE_UNKNOWN: 'x' })).toEqual(parseNodeSettings(LEAST));
  });

  test('the settings let the system choose the port to listen on', () => {
    expect(parseNodeSettings({ ...LEAST, PROBE_LISTEN: '127.0.0.1:0' }).listen).toEqual({ host: '127.0.0.1', port: 0 });
  });
});

describe('a bad setting', () => {
  test.each([
    ['PROBE_ID', 'EU 1', 'must be lower-case letters, digits and hyphens'],
    ['PROBE_ID', '', 'must be lower-case letters, digits and hyphens'],
    ['PROBE_ID', 'x'.repeat(65), 'must be lower-case letters, digits and hyphens'],
    ['PROBE_REGION', 'Europe/Berlin', 'must be a name such as eu-central'],
    ['PROBE_LISTEN', '8788', 'must be host:port'],
    ['PROBE_LISTEN', '127.0.0.1', 'must be host:port'],
    ['PROBE_LISTEN', '127.0.0.1:65536', 'must be host:port'],
    ['PROBE_LISTEN', ':8788', 'must be host:port'],
    ['PROBE_EDGE', 'edge.example.com', 'must be the URL of the edge'],
    ['PROBE_EDGE', 'ftp://edge.example.com', 'must be the URL of the edge'],
    ['PROBE_EDGE', '', 'must be the URL of the edge'],
    ['PROBE_HELO', 'probe_1.example.com', 'must be a host name'],
    ['PROBE_HELO', 'probe1.example.com\r\nDATA', 'must be a host name'],
    ['PROBE_HELO', 'probe1.example.com\n', 'must be a host name'],
    ['PROBE_HELO', '-probe.example.com', 'must be a host name'],
    ['PROBE_HELO', '', 'must be a host name'],
    ['PROBE_MAIL_FROM', 'verify', 'must be an ASCII address'],
    ['PROBE_MAIL_FROM', 'verify@example.com\r\nDATA', 'must be an ASCII address'],
    ['PROBE_MAIL_FROM', '<>', 'must be an ASCII address'],
    ['PROBE_SOURCE_IPS', '192.0.2.1', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', 'eth0=probe1.example.com', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', '192.0.2.1=', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', '192.0.2.256=probe1.example.com', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', '192.0.2=probe1.example.com', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', '0xc0000201=probe1.example.com', 'must be ip=helo-name'],
    ['PROBE_SOURCE_IPS', 'fe80::1%eth0=probe1.example.com', 'must be ip=helo-name'],
    ['PROBE_MAIL_FROM', 'пётр@example.com', 'must be an ASCII address'],
    ['PROBE_PACE', 'no', 'must be on or off'],
    ['PROBE_DOCTOR', 'yes', 'must be auto, on or off'],
    ['PROBE_URL', 'probe7.example.com', 'must be the URL at which the edge reaches this node'],
    ['PROBE_URL', 'ftp://probe7.example.com', 'must be the URL at which the edge reaches this node'],
    ['LOG_LEVEL', 'loud', 'must be one of'],
    ['PROBE_DNS', '127.0.0.256:53', 'must be ip:port'],
    ['PROBE_DNS', '127.0.0.1:70000', 'must be ip:port'],
    ['PROBE_DNS', '127.1', 'must be ip:port'],
    ['PROBE_ALLOW_NETWORKS', '0x7f000001', 'is not a network'],
    ['PROBE_ALLOW_NETWORKS', '127.1', 'is not a network'],
    ['PROBE_ROUTES', 'mx.example.test=300.0.0.1:25', 'must be host=ip:port'],
    ['PROBE_DNS', 'resolver.example.com', 'must be ip:port'],
    ['PROBE_DNS', '127.0.0.1:53,::1', 'must be ip:port'],
    ['PROBE_SMTP_PORT', '0', 'must be a port'],
    ['PROBE_SMTP_PORT', '65536', 'must be a port'],
    ['PROBE_SMTP_PORT', 'smtp', 'must be a port'],
    ['PROBE_SMTP_PORT', '25.5', 'must be a port'],
    ['PROBE_ALLOW_NETWORKS', '10.0.0.0/8,10.0.0.0/33', '10.0.0.0/33 is not a network'],
    ['PROBE_ALLOW_NETWORKS', 'localhost', 'localhost is not a network'],
    ['PROBE_ROUTES', 'mx.example.test', 'must be host=ip:port'],
    ['PROBE_ROUTES', 'mx.example.test=127.0.0.1', 'must be host=ip:port'],
    ['PROBE_ROUTES', 'mx.example.test=127.0.0.1:0', 'must be host=ip:port'],
    ['PROBE_ROUTES', 'mx.example.test=127.0.0.1:70000', 'must be host=ip:port'],
    ['PROBE_ROUTES', 'mx.example.test=mx2.example.test:25', 'must be host=ip:port'],
    ['PROBE_TLS_CERT', '/etc/vrfy/cert.pem', 'set both or neither'],
    ['PROBE_TLS_KEY', '/etc/vrfy/key.pem', 'set both or neither'],
  ])('%s=%j is refused by name, with what it must be', (name, value, detail) => {
    const said = complaint({ [name]: value });
    expect(said).toContain(name);
    expect(said).toContain(detail);
  });

  test.each(['PROBE_EDGE', 'PROBE_HELO'])('%s may not be missing', (name) => {
    expect(() => parseNodeSettings({ ...LEAST, [name]: undefined })).toThrow(new RegExp(`^${name}: `));
  });

  test('a bad setting does not hide another: all are named, one a line', () => {
    const said = complaint({ PROBE_HELO: ' ', PROBE_ROUTES: 'x', PROBE_SMTP_PORT: '0', PROBE_DNS: 'y' });
    const names = said?.split('\n').map((line) => line.split(':', 1)[0]);
    expect(names?.sort()).toEqual(['PROBE_DNS', 'PROBE_HELO', 'PROBE_ROUTES', 'PROBE_SMTP_PORT']);
  });
});
