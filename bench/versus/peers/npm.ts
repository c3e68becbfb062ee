/** The verifiers from npm that ask a mail server: how each is called, and how its answer is read. */
import type { Verdict } from '../../../shared/verdict.ts';
import { field, functionOf, isError, isNotFound, type NpmPeer, PATIENCE_MS, type Raw } from './peer.ts';

const DEEP: NpmPeer = {
  id: 'deep-email-validator',
  name: 'deep-email-validator',
  package: 'deep-email-validator',
  version: '0.1.27',
  licence: 'MIT',
  kind: 'npm',
  options:
    'sender; its checks of typing errors and disposable domains are off, since the names of the benchmark mean nothing; its time-out of 10 s has no option',
  mapping:
    '`valid: true` deliverable; reason `smtp` with "Mailbox not found." invalid, with any other text unknown; reason `mx` or `regex` invalid',
  ask: (library, email, sender) =>
    Promise.resolve(functionOf(library, 'validate')({ email, sender, validateTypo: false, validateDisposable: false })),
  read: (raw) => {
    if (isError(raw)) return 'unknown';
    if (field(raw.answer, 'valid') === true) return 'deliverable';
    if (field(raw.answer, 'reason') !== 'smtp') return 'invalid';
    return field(raw.answer, 'validators', 'smtp', 'reason') === 'Mailbox not found.' ? 'invalid' : 'unknown';
  },
};

/** `validFormat`, `validMx` and `validSmtp`, each true, false, or null if it could not be performed. */
function readThreeValues(raw: Raw): Verdict {
  if (isError(raw)) return 'unknown';
  const [format, mx, smtp] = ['validFormat', 'validMx', 'validSmtp'].map((name) => field(raw.answer, name));
  if (format === false || mx === false || smtp === false) return 'invalid';
  return smtp === true ? 'deliverable' : 'unknown';
}

const THREE_VALUES =
  '`validFormat`, `validMx` or `validSmtp` false: invalid; `validSmtp` true: deliverable, null: unknown';

const DEVMEHQ: NpmPeer = {
  id: 'devmehq',
  name: '@devmehq/email-validator-js',
  package: '@devmehq/email-validator-js',
  version: '2.10.2',
  licence: 'BSL 1.1',
  kind: 'npm',
  options: '`verifyMx` and `verifySmtp` on; `timeout` 20 s',
  mapping: THREE_VALUES,
  ask: (library, emailAddress) =>
    Promise.resolve(
      functionOf(library, 'verifyEmail')({ emailAddress, verifyMx: true, verifySmtp: true, timeout: PATIENCE_MS }),
    ),
  read: readThreeValues,
};

const EMAILCHECK: NpmPeer = {
  id: 'emailcheck',
  name: '@emailcheck/email-validator-js',
  package: '@emailcheck/email-validator-js',
  version: '3.4.4',
  licence: 'BSL 1.1',
  kind: 'npm',
  options: '`verifyMx` and `verifySmtp` on, `checkDisposable`, `checkFree` and `suggestDomain` off; `timeout` 20 s',
  mapping: THREE_VALUES,
  ask: (library, emailAddress) =>
    Promise.resolve(
      functionOf(
        library,
        'verifyEmail',
      )({
        emailAddress,
        verifyMx: true,
        verifySmtp: true,
        checkDisposable: false,
        checkFree: false,
        suggestDomain: false,
        timeout: PATIENCE_MS,
      }),
    ),
  read: readThreeValues,
};

const EMAIL_VERIFY: NpmPeer = {
  id: 'email-verify',
  name: 'email-verify',
  package: 'email-verify',
  version: '0.2.1',
  licence: 'ISC',
  kind: 'npm',
  options: 'sender and `fqdn` (strongly suggested there); `timeout` 20 s (the default is none)',
  mapping:
    '`success: true` deliverable; code 1 (finished) without success: invalid, or unknown with `tryagain`; codes 2 and 3 invalid; code 5 (domain not found) invalid, or unknown if the resolver failed; codes 4 and 6 unknown',
  ask: (library, address, sender) => {
    const verify = functionOf(library, 'verify');
    const fqdn = sender.slice(sender.indexOf('@') + 1);
    return new Promise((resolve) =>
      verify(address, { sender, fqdn, timeout: PATIENCE_MS }, (error: unknown, info: unknown) =>
        resolve({ code: field(error, 'code') ?? null, info }),
      ),
    );
  },
  read: (raw) => {
    if (isError(raw)) return 'unknown';
    const errorCode = field(raw.answer, 'code');
    const info = field(raw.answer, 'info');
    if (field(info, 'success') === true) return 'deliverable';
    switch (field(info, 'code')) {
      case 1:
        return field(info, 'tryagain') === true ? 'unknown' : 'invalid';
      case 2:
      case 3:
        return 'invalid';
      case 5:
        return typeof errorCode === 'string' && !isNotFound(errorCode) ? 'unknown' : 'invalid';
      default:
        return 'unknown';
    }
  },
};

const EMAIL_CHECK: NpmPeer = {
  id: 'email-check',
  name: 'email-check',
  package: 'email-check',
  version: '1.1.0',
  licence: 'MIT',
  kind: 'npm',
  options: '`from`; `timeout` 20 s',
  mapping: 'true deliverable, false invalid ("if it doesn\'t exist"); a rejection ("refuse" and others) unknown',
  ask: (library, address, from) =>
    Promise.resolve(functionOf(library, 'default')(address, { from, timeout: PATIENCE_MS })),
  read: (raw) => {
    if (isError(raw)) return 'unknown';
    return raw.answer === true ? 'deliverable' : 'invalid';
  },
};

const DEEP_VALIDATOR: NpmPeer = {
  id: 'email-deep-validator',
  name: 'email-deep-validator',
  package: 'email-deep-validator',
  version: '3.3.0',
  licence: 'MIT',
  kind: 'npm',
  options: '`timeout` 20 s; it has no option for the sender',
  mapping:
    '`wellFormed`, `validDomain` or `validMailbox` false: invalid; `validMailbox` true: deliverable, null: unknown',
  ask: (library, address) => {
    const Validator = functionOf(library, 'default') as unknown as new (options: {
      readonly timeout: number;
    }) => {
      verify: (of: string) => Promise<unknown>;
    };
    return new Validator({ timeout: PATIENCE_MS }).verify(address);
  },
  read: (raw) => {
    if (isError(raw)) return 'unknown';
    const values = ['wellFormed', 'validDomain', 'validMailbox'].map((name) => field(raw.answer, name));
    if (values.includes(false)) return 'invalid';
    return values[2] === true ? 'deliverable' : 'unknown';
  },
};

const EXISTENCE: NpmPeer = {
  id: 'email-existence',
  name: 'email-existence',
  package: 'email-existence',
  version: '0.1.6',
  licence: 'MIT',
  kind: 'npm',
  options: 'sender and 20 s, through its fourth and third argument',
  mapping:
    'true deliverable; false invalid, or unknown with its third value (undetermined) or an error of the resolver',
  ask: (library, address, sender) => {
    const check = functionOf(library, 'check');
    return new Promise((resolve) =>
      check(
        address,
        (error: unknown, exists: unknown, isUndetermined: unknown) =>
          resolve({ code: field(error, 'code') ?? null, exists, isUndetermined }),
        PATIENCE_MS,
        sender,
      ),
    );
  },
  read: (raw) => {
    if (isError(raw)) return 'unknown';
    if (field(raw.answer, 'exists') === true) return 'deliverable';
    const code = field(raw.answer, 'code');
    if (field(raw.answer, 'isUndetermined') === true) return 'unknown';
    return typeof code === 'string' && !isNotFound(code) ? 'unknown' : 'invalid';
  },
};

const EXISTS: NpmPeer = {
  id: 'email-exists',
  name: 'email-exists',
  package: 'email-exists',
  version: '0.2.1',
  licence: 'MIT',
  kind: 'npm',
  options: 'sender; `timeout` 20 s',
  mapping:
    '`NOT_FOUND` and `INVALID_SYNTAX` invalid; `MAY_EXIST` risky ("highly likely, but it cannot be confirmed"); a rejection unknown, or invalid if the name does not exist',
  ask: (library, recipient, sender) =>
    Promise.resolve(functionOf(library, 'default')({ sender, recipient, timeout: PATIENCE_MS })),
  read: (raw) => {
    if (isError(raw)) return isNotFound(raw.error.code) ? 'invalid' : 'unknown';
    if (raw.answer === 'MAY_EXIST') return 'risky';
    return raw.answer === 'NOT_FOUND' || raw.answer === 'INVALID_SYNTAX' ? 'invalid' : 'unknown';
  },
};

export const NPM_PEERS: readonly NpmPeer[] = [
  DEEP,
  DEVMEHQ,
  EMAILCHECK,
  DEEP_VALIDATOR,
  EMAIL_VERIFY,
  EMAIL_CHECK,
  EXISTENCE,
  EXISTS,
];
