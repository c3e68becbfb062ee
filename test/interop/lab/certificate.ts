// A self-signed certificate for a server of the lab, made by the openssl that comes with the Postfix tree.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tree } from './debian.ts';

const run = promisify(execFile);

/** Paths of a key and its certificate, PEM; the key is for its owner's eyes. */
export type Certificate = { readonly certFile: string; readonly keyFile: string };

/** Writes `tls.key` and `tls.crt` for the name into the folder. */
export async function makeCertificate(folder: string, hostname: string): Promise<Certificate> {
  const files = await tree('postfix');
  const certificate = { keyFile: join(folder, 'tls.key'), certFile: join(folder, 'tls.crt') };
  const subject = ['-subj', `/CN=${hostname}`, '-addext', `subjectAltName=DNS:${hostname}`];
  const out = ['-keyout', certificate.keyFile, '-out', certificate.certFile];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await run(files.path('/usr/bin/openssl'), [...kind, ...subject, ...out], { env: files.env });
  return certificate;
}
