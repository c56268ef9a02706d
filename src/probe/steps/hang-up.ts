import type { TLSSocket } from 'node:tls';

/** Ends a session from both sides: a server that says goodbye to a socket that is closed already is answered with a RST. */
export async function hangUp(tls: TLSSocket): Promise<void> {
  if (tls.destroyed) return;
  const closed = new Promise<void>((resolve) => tls.once('close', () => resolve()));
  const timer = setTimeout(() => tls.destroy(), GOODBYE);
  tls.resume().end();
  await closed;
  clearTimeout(timer);
}

/** For which the other side's end is waited, in ms. */
const GOODBYE = 1000;
