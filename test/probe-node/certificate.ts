/** A self-signed certificate, made anew for each run: TLS on the way is privacy, not proof. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificate = { readonly cert: string; readonly key: string };

export function makeCertificate(name = 'mx.example.test'): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'vrfy-test-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const rest = ['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', `/CN=${name}`];
    execFileSync('openssl', [...kind, ...rest], { stdio: 'pipe' });
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
