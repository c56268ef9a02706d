import { describe, expect, test } from 'vitest';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { ascii, concat, httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const BLOCKED = httpRequest({ host: 'blocked.test' });
const ALLOWED = httpRequest({ host: 'allowed.test' });

describe('a box that joins a flow in its middle', () => {
  test.each<{ name: string; first: readonly (string | Uint8Array)[]; want?: 'accept' }>([
    { name: 'tries each line of a segment', first: ['the end\nof lines\n\n'] },
    { name: 'tries each segment', first: ['some words, and no end of a line'] },
    { name: 'tries what follows a line that ends with its segment', first: ['the end\n'] },
    { name: 'reads the request behind one that it has read', first: ['the end\n', ALLOWED] },
    {
      name: 'reads no further once it has read a request, and then something else',
      first: ['the end\n', ALLOWED, 'other words\n'],
      want: 'accept',
    },
  ])('$name', ({ first, want = 'drop' }) => {
    const rule = nameRule('http.host', 'blocked.test', RESET);
    const says = (): Session =>
      new Session(censor([rule], { stream: { mode: 'in-order' } })).handshakeUnseen();
    const apart = says();
    for (const payload of first) apart.send('client', payload);
    expect(fateOf(apart.send('client', BLOCKED))).toBe(want);
    const parts = first.map((part) => (typeof part === 'string' ? ascii(part) : part));
    const together = says().send('client', concat(...parts, BLOCKED));
    expect(fateOf(together)).toBe(want);
  });
});
