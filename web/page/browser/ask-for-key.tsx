/** A free key by mail: the question, and what became of it in a sentence. */
import { useState } from 'hono/jsx/dom';
import { createClient } from '../../../client/vrfy-client.ts';
import { isLoopbackHost } from '../../../shared/loopback.ts';

/** The page cannot tell how the edge sends mail; an edge on this machine is hardly ever another one. */
const OF_START = 'If you run npm start, the mail is a file in .vrfy/outbox/ instead, and its log names the file.';

/** Resolves with the sentences for the person. */
export async function askForKey(email: string): Promise<string> {
  try {
    await createClient({ edge: location.origin }).requestKey(email);
    const sent = 'Look into your mail: the link in it works once, for 30 minutes.';
    return isLoopbackHost(location.hostname) ? `${sent} ${OF_START}` : sent;
  } catch (error) {
    return error instanceof Error ? error.message : 'That did not work; try again later.';
  }
}

/** The form on a page that needs the key: the person stays there while the link comes. */
export function AskForKey() {
  const [outcome, setOutcome] = useState('');
  return (
    <form
      class="stack"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const email = new FormData(event.target as HTMLFormElement).get('email');
        setOutcome('Asking.');
        if (typeof email === 'string') void askForKey(email).then(setOutcome);
      }}
    >
      <label for="email">No key yet? A free one comes by mail. Stay here, and paste it above.</label>
      <div class="field">
        <input id="email" name="email" type="email" autocomplete="email" placeholder="you@example.com" required />
        <button type="submit" class="button quiet">
          Mail me a key
        </button>
      </div>
      <p role="status">{outcome}</p>
    </form>
  );
}
