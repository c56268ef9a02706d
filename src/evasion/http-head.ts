import type { Facts, Strategy } from './strategy.ts';

/** Changes the head of an HTTP request; what follows it stays, and so does what is none. */
export function editHead(edit: (head: string, name: string) => string): Strategy['says'] {
  return (said: Uint8Array, { name }: Facts) => {
    const text = Buffer.from(said).toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0 || !/^[A-Z]+ /.test(text)) return said;
    const head = edit(text.slice(0, end + 4), name);
    return Uint8Array.from(Buffer.from(head + text.slice(end + 4), 'latin1'));
  };
}
