/**
 * Headers that keep a browser from running, framing or mistaking an answer: Hono's `secureHeaders`, without the headers
 * that only browsers of the past know. A handler that sets one of them itself, as a page does with its
 * Content-Security-Policy, keeps its own.
 */
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

type Settings = NonNullable<Parameters<typeof secureHeaders>[0]>;

const SETTINGS: Settings = {
  overwrite: false,
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // Internet Explorer, Flash, and a filter that no browser has any more.
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  // About documents that open windows or share a process: none of ours does.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
};

const overTls = secureHeaders({ ...SETTINGS, strictTransportSecurity: 'max-age=31536000' });
/** Over plain HTTP a server must not ask for TLS (RFC 6797 §7.2). */
const overPlainHttp = secureHeaders({ ...SETTINGS, strictTransportSecurity: false });

export const securityHeaders: MiddlewareHandler = (c, next) =>
  (c.req.url.startsWith('https:') ? overTls : overPlainHttp)(c, next);
