import { describe, expect, test } from 'vitest';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { ascii, httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const REQUEST = httpRequest({ host: 'www.blocked.test' });

describe('a rule for port 8080 looks at the port of the server,', () => {
  const rule = nameRule('http.host', 'blocked.test', RESET, { ports: [8080] });
  test.each([
    { client: 40_000, server: 8080, want: 'drop' },
    { client: 8080, server: 80, want: 'accept' },
    { client: 40_000, server: 80, want: 'accept' },
  ])('for a request from $client to $server: $want', ({ client, server, want }) => {
    const ends = { client: { port: client }, server: { port: server } };
    const session = new Session(censor([rule]), ends).handshake();
    expect(fateOf(session.send('client', REQUEST))).toBe(want);
  });

  test('also for what the server says', () => {
    const answers = (port: number, clientPort: number): string => {
      const trigger = {
        observes: 'payload' as const,
        matches: (): boolean => true,
      };
      const about = { name: 'any', trigger, ports: [8080], direction: 'to-client' as const };
      const ends = { client: { port: clientPort }, server: { port } };
      const session = new Session(censor([{ ...about, action: RESET }]), ends).handshake();
      session.send('client', REQUEST);
      return fateOf(session.send('server', ascii('HTTP/1.1 200 OK\r\n\r\n')));
    };
    expect([answers(8080, 40_000), answers(80, 8080)]).toEqual(['drop', 'accept']);
  });
});
