import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCertificate } from '../../../probe-node/doctor/checks/edge.ts';
import { lookAtCertificate } from '../../../probe-node/doctor/look-at-certificate.ts';
import { makeCertificate } from '../certificate.ts';

const DAY_MS = 86_400_000;
/** Valid for two days from now, for `localhost`. */
const certificate = makeCertificate('localhost');
const other = makeCertificate('other.example.test');
const server: Server = createServer(certificate);
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = new URL(`https://localhost:${address.port}`);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function levelAt(nowMs: number): Promise<string> {
  return checkCertificate(await lookAtCertificate(url, nowMs, certificate.cert)).level;
}

describe('the certificate of PROBE_URL', () => {
  test('the certificate of PROBE_URL that is trusted tells how long it is still valid', async () => {
    const facts = await lookAtCertificate(url, Date.now(), certificate.cert);
    expect(facts.kind === 'valid' ? facts.leftMs / DAY_MS : null).toBeCloseTo(2, 2);
  });

  test('the certificate of PROBE_URL is warned of in the last quarter of its life', async () => {
    expect(await levelAt(Date.now() + DAY_MS)).toBe('fine');
    expect(await levelAt(Date.now() + 1.6 * DAY_MS)).toBe('warning');
  });

  test('a certificate of PROBE_URL without a known issuer is a fault', async () => {
    expect(await lookAtCertificate(url, Date.now())).toEqual({ kind: 'refused', fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(checkCertificate(await lookAtCertificate(url, Date.now())).level).toBe('fault');
  });

  test('the certificate of PROBE_URL that is for another name is a fault', async () => {
    const strange = createServer(other);
    await new Promise<void>((resolve) => strange.listen(0, 'localhost', resolve));
    const address = strange.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const facts = await lookAtCertificate(new URL(`https://localhost:${address.port}`), Date.now(), other.cert);
    expect(facts).toEqual({ kind: 'refused', fault: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await new Promise((resolve) => strange.close(resolve));
  });

  test('the certificate of PROBE_URL is only a warning if no server listens: some networks have no way back to themselves', async () => {
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(0, 'localhost', resolve));
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await new Promise((resolve) => taken.close(resolve));
    const facts = await lookAtCertificate(new URL(`https://localhost:${address.port}`), Date.now());
    expect(facts).toEqual({ kind: 'unreachable', fault: 'ECONNREFUSED' });
    expect(checkCertificate(facts).level).toBe('warning');
  });

  test.each([
    ['http://127.0.0.1:8788', 'skipped'],
    ['http://probe1.example.com', 'warning'],
  ])('the certificate of PROBE_URL is none at %s: %s', async (address, level) => {
    expect(checkCertificate(await lookAtCertificate(new URL(address), Date.now())).level).toBe(level);
  });

  test('the certificate of PROBE_URL is not asked for if PROBE_URL is not set', async () => {
    expect(checkCertificate(await lookAtCertificate(null, Date.now())).level).toBe('skipped');
  });
});
