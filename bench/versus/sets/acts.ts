/** Acts that several servers have in common. */
import type { Script, Session } from '../world/smtp.ts';

export function hangUp({ socket }: Session): void {
  socket.end();
}

export function sayAndEnd(reply: string): (session: Session) => void {
  return (session) => {
    session.say(reply);
    session.socket.end();
  };
}

/** The same reply to every RCPT. */
export function everywhere(reply: string): Script {
  return { rcpt: reply };
}
