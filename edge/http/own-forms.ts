/**
 * Forms of our own pages only, by Hono's `csrf`: `Sec-Fetch-Site` or `Origin` must name our own origin. A form on another
 * site would spend the quota of the visitor's network.
 */
import type { MiddlewareHandler } from 'hono';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { Problem } from '../../shared/problem.ts';

const refuseForeign = csrf();

/** Throws `form_origin` for a form of another site. */
export const requireOwnForm: MiddlewareHandler = async (c, next) => {
  try {
    await refuseForeign(c, next);
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    throw new Problem('form_origin', { detail: 'This form works from its own page only; programs use /v1/verify.' });
  }
};
