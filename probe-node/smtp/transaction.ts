/**
 * One question to a server: its commands, and the answer that their replies make.
 *
 * Pure. Before it: dialogue.ts, which holds the order of the conversation. After it: in-step.ts, which finds the
 * believable replies if a transaction was cut short.
 */
import type { Reply } from '../../shared/replies/reply.ts';
import type { Command } from './command.ts';
import { believedReplies, type Cut, type Exchange } from './in-step.ts';

/** One question: addresses of one domain, and perhaps a random mailbox of it. */
export type Transaction = {
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  /** Random mailbox to ask too, or null. */
  readonly stranger: string | null;
  /** The random mailbox in a MAIL of its own, for servers that take one recipient per transaction. */
  readonly strangerApart: boolean;
  readonly smtputf8: boolean;
};

/** The result of a transaction. `recipients` has an entry for each recipient; null if no believable reply came. */
export type TransactionResult = {
  readonly mail: Reply;
  readonly recipients: readonly (Reply | null)[];
  readonly stranger: Reply | null;
  /** How the transaction ended early, or null. */
  readonly cut: Cut | null;
  /** False if a reported acceptance could be the reply to MAIL: no random mailbox can confirm that one. */
  readonly isProved: boolean;
};

/** The newest exchange of a transaction; it links to the earlier ones. */
export type LinkedExchange = Exchange & { readonly before: LinkedExchange | null };

/** The exchanges of the transaction, oldest first. */
export function exchangesOf(newest: LinkedExchange | null): readonly LinkedExchange[] {
  const exchanges: LinkedExchange[] = [];
  for (let at = newest; at !== null; at = at.before) exchanges.push(at);
  return exchanges.reverse();
}

/** The commands of a question, up to its RSET. */
export function commandsOf(transaction: Transaction): readonly Command[] {
  const mail: Command = { verb: 'MAIL', from: transaction.mailFrom, smtputf8: transaction.smtputf8 };
  const commands: Command[] = [mail];
  transaction.recipients.forEach((to, asks) => {
    commands.push({ verb: 'RCPT', to, asks });
  });
  if (transaction.stranger !== null) {
    // The random mailbox is ASCII, so a MAIL of its own never needs SMTPUTF8.
    if (transaction.strangerApart) commands.push({ verb: 'RSET' }, { ...mail, smtputf8: false });
    commands.push({ verb: 'RCPT', to: transaction.stranger, asks: 'stranger' });
  }
  commands.push({ verb: 'RSET' });
  return commands;
}

/** The recipients that these commands ask about. */
export function recipientsOf(commands: readonly Command[]): readonly string[] {
  return commands.flatMap((command) => (command.verb === 'RCPT' ? [command.to] : []));
}

/** One by one: skips commands that are pointless after the replies so far. */
export function worthAsking(unsent: readonly Command[], exchanges: readonly LinkedExchange[]): readonly Command[] {
  const parting = unsent.slice(-1);
  if (exchanges.some(({ command, reply }) => command.verb === 'MAIL' && reply.code >= 400)) return parting;
  const isRecipientLeft = unsent.some((command) => command.verb === 'RCPT' && command.asks !== 'stranger');
  const isAnyAccepted = exchanges.some(({ command, reply }) => command.verb === 'RCPT' && reply.code < 300);
  return isRecipientLeft || isAnyAccepted ? unsent : parting;
}

/** Whether the last MAIL up to this exchange was accepted. */
function isOpenAt(exchange: LinkedExchange | null): boolean {
  for (let at = exchange; at !== null; at = at.before) if (at.command.verb === 'MAIL') return at.reply.code < 400;
  return false;
}

/** True if the sender was refused: no mailbox was asked about. */
export function isRefusedAtMail(newest: LinkedExchange | null): boolean {
  const [mail] = exchangesOf(newest);
  return mail !== undefined && mail.reply.code >= 400;
}

/** The answer once the count of replies is proved; null if there was no question. */
export function answerInFull(transaction: Transaction, newest: LinkedExchange | null): TransactionResult | null {
  return answerOf(transaction, newest, rcptsOf(exchangesOf(newest)), { cut: null, isProved: true });
}

/**
 * The answer of a transaction that was cut short: replies that cannot be shifted are believed, the rest is lost. Null
 * if no recipient has a reply; `in_doubt` if there are replies and each could be another's.
 */
export function answerInPart(
  transaction: Transaction,
  newest: LinkedExchange | null,
  cut: Cut,
  isGroup: boolean,
): TransactionResult | 'in_doubt' | null {
  const exchanges = exchangesOf(newest);
  const isMissing = isGroup && cut === 'silent';
  if (isRefusedAtMail(newest) && !isMissing) return answerOf(transaction, newest, [], { cut, isProved: true });
  const rcpts = rcptsOf(exchanges);
  if (rcpts.length === 0) return null;
  const farewell = rcpts.find(({ reply }) => reply.code === 421);
  const heard = exchanges.filter((exchange) => exchange !== farewell);
  const { stands, isProved } = believedReplies(heard, {
    cut,
    isGroup,
    isOnly: transaction.recipients.length === 1,
    isBeforeStranger: transaction.stranger !== null && !heard.some(isOfStranger),
  });
  const told = rcpts.filter((exchange) => exchange === farewell || stands.includes(exchange));
  const isDoubtful = stands.length === 0 && rcpts.some((exchange) => exchange !== farewell);
  if (isDoubtful || told.every(isOfStranger)) return 'in_doubt';
  return answerOf(transaction, newest, told, { cut, isProved });
}

/** The exchanges of RCPT. A reply to RCPT after a refused MAIL is about the order of commands. */
function rcptsOf(exchanges: readonly LinkedExchange[]): readonly LinkedExchange[] {
  return exchanges.filter((exchange) => exchange.command.verb === 'RCPT' && isOpenAt(exchange));
}

function isOfStranger({ command }: Exchange): boolean {
  return command.verb === 'RCPT' && command.asks === 'stranger';
}

function answerOf(
  transaction: Transaction,
  newest: LinkedExchange | null,
  told: readonly Exchange[],
  how: Pick<TransactionResult, 'cut' | 'isProved'>,
): TransactionResult | null {
  const mail = exchangesOf(newest).find(({ command }) => command.verb === 'MAIL')?.reply;
  if (mail === undefined) return null;
  const recipients: (Reply | null)[] = transaction.recipients.map(() => null);
  let stranger: Reply | null = null;
  for (const { command, reply } of told) {
    if (command.verb !== 'RCPT') continue;
    if (command.asks === 'stranger') stranger = reply;
    else recipients[command.asks] = reply;
  }
  return { mail, recipients, stranger, ...how };
}
