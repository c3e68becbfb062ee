/** What a request for a free key has. */
import * as z from 'zod';
import { once } from '../../shared/once.ts';

export const freeKeyRequestSchema = once(() =>
  z.object({
    email: z.string({ error: 'must be given, as text' }).meta({
      description: 'Receiver of the link, and owner of the key',
      example: 'ada@good.test',
    }),
  }),
);
