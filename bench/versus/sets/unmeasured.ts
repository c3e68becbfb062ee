/** Verifiers that this benchmark cannot run, with the words of their own documents or the behaviour of their code. */
export type Unmeasured = {
  readonly name: string;
  /** Why it is not measured. */
  readonly why: string;
  readonly says: string;
  readonly sources: readonly string[];
};

export const UNMEASURED: readonly Unmeasured[] = [
  {
    name: 'Reacher (check-if-email-exists 0.11)',
    why: 'Rust; no binary in the registries that this benchmark uses',
    says: 'Read in its code: one session, EHLO, MAIL, RCPT of a random mailbox, RCPT of the real one, QUIT, each awaited: 7 round trips, 6 for a catch-all domain. The text of a refusal decides; the bare string "permanent: 5.7.1" makes a mailbox invalid, and "address rejected" does so for temporary replies too.',
    sources: [
      'https://github.com/reacherhq/check-if-email-exists/blob/main/core/src/smtp/parser.rs',
      'https://github.com/reacherhq/check-if-email-exists/issues/1378',
    ],
  },
  {
    name: 'AfterShip email-verifier',
    why: 'Go',
    says: 'Read in its code: a connection to every MX host at once, the random mailbox first, 6 round trips. A thread that counts documented replies found 40 of 85 refusals of the sender reported as statements about the recipient.',
    sources: [
      'https://github.com/AfterShip/email-verifier/issues/231',
      'https://github.com/AfterShip/email-verifier/issues/218',
    ],
  },
  {
    name: 'Truemail',
    why: 'Ruby',
    says: 'Read in its code: two connections, 7 round trips, no third state: by default every refusal, time-out and temporary reply is invalid; with `smtp_safe_check` nearly all of them are valid.',
    sources: [
      'https://github.com/truemail-rb/truemail/issues/298',
      'https://github.com/truemail-rb/truemail/issues/117',
    ],
  },
  {
    name: 'ZeroBounce',
    why: 'hosted',
    says: '"96%+ Accuracy rates on AOL, Yahoo, and office 365", "99% Accuracy rates on everything else": a refund of five times the shortfall, for hard bounces of addresses found valid; bounces for spam, blocklisted addresses and throttling do not count.',
    sources: ['https://www.zerobounce.in/docs/email-list-validation/the-zb-guarantee/'],
  },
  {
    name: 'MillionVerifier',
    why: 'hosted',
    says: '"99% accuracy", from its own regular reviews.',
    sources: ['https://help.millionverifier.com/email-verification/99-accurate-results'],
  },
  {
    name: 'Bouncer',
    why: 'hosted',
    says: '"99,5%+" accuracy.',
    sources: ['https://www.usebouncer.com/faq/'],
  },
  {
    name: 'Kickbox',
    why: 'hosted',
    says: 'Four results (deliverable, undeliverable, risky, unknown) with reasons; a "95% Deliverability Guarantee" of addresses found deliverable.',
    sources: [
      'https://articles.kickbox.com/en/articles/3185752-understanding-your-kickbox-results',
      'https://docs.kickbox.com/reference/verify-an-email-address',
    ],
  },
  {
    name: 'Emailable',
    why: 'hosted',
    says: 'Deliverable, undeliverable, risky, unknown; "Invalid SMTP: mail server returned an unexpected or invalid response" is listed with the undeliverable ones. No figure of accuracy on that page.',
    sources: ['https://help.emailable.com/en-us/article/understanding-the-results-1ubyw22/'],
  },
  {
    name: 'Hunter',
    why: 'hosted',
    says: 'Checks format, type, MX records, an SMTP session and catch-all; four statuses. No figure of accuracy on that page.',
    sources: ['https://help.hunter.io/en/articles/1844061-email-verifier-and-confidence-score'],
  },
];

/** Packages that are often named with the verifiers, and do not ask a mail server. */
export const ASKS_NO_SERVER = [
  'node-email-verifier (MX records)',
  'legit (MX records)',
  'sniffmail (on top of node-email-verifier)',
  'email-domain-check (domains, not mailboxes)',
  'email-verifier and emailable (clients of hosted services)',
  'mailchecker and email-validator (lists and syntax)',
] as const;
