/** The first text of `/docs`: how to begin, how to get a key, and the faults that any operation may answer with. */
import { faultsTable } from './parts.ts';

export const INTRODUCTION = `Email verification that asks the mail server and sends nothing. Every verdict is HTTP 200 and one of \`deliverable\`,
\`invalid\`, \`risky\` and \`unknown\`, always with a reason. \`unknown\` is not \`invalid\`: ask again after \`retry_after\` seconds.

Each operation below has a sample in curl, JavaScript and Python, and an example answer. The examples are answers to
addresses of the sandbox: a test key gets their verdicts on any edge.

## How to get a key

Without a key, a client has a small number of probes a day. A key has a quota of its own, and its operator gives it: ask the
operator of this edge. On an edge of your own, \`npx vrfy keys create --name "My shop"\` makes one and shows it once.

| key | for |
|---|---|
| \`vrfy_sk_…\` | servers |
| \`vrfy_pk_…\` | pages of the origins that it was made for: verify, stream and warm |
| \`vrfy_test_…\` | tests of a client: documented answers, and nothing is asked, kept or counted |

Send it as \`Authorization: Bearer KEY\`; the second and the third may also stand in the query, \`?key=KEY\`.

## Faults

A request that cannot be processed is answered with \`application/problem+json\` (RFC 9457): decide by \`code\`, which is stable,
and read \`detail\`. These are the same everywhere; each operation names those that it may answer with.

${faultsTable()}`;
