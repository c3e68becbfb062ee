/** One check with its steps as they end, by the client of the API. */
import { type Answer, createClient } from '../../../client/vrfy-client.ts';
import type { StepReport } from '../verdict-card.tsx';
import { storedKey } from './stored-key.ts';

/** Rejects with a `VrfyError` whose message is for a person. */
export async function watchVerify(
  email: string,
  signal: AbortSignal,
  onStep: (step: StepReport) => void,
): Promise<Answer> {
  const client = createClient({ edge: location.origin, key: storedKey() });
  for await (const event of client.stream(email, { signal })) {
    if (event.event === 'verdict') return event.data;
    onStep(event.data);
  }
  throw new Error('The edge ended the check without a verdict; try again.');
}
