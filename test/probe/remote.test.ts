import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probe } from '../../src/probe/probe.ts';
import { listening, refusedPort } from '../support/ports.ts';

/* Which address was dialled is what sockets and curl tell, whether or not anybody answered. */

let server: Server;
let port = 0;
let refused: Awaited<ReturnType<typeof refusedPort>>;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('here'));
  port = await listening(server);
  refused = await refusedPort();
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  refused.holder.close();
});

test.each([
  { kind: 'tcp', scheme: 'tcp' },
  { kind: 'http', scheme: 'http' },
  { kind: 'https', scheme: 'https' },
  { kind: 'curl', scheme: 'http' },
  { kind: 'curl', scheme: 'https' },
] as const)('$kind tells it of $scheme, of connections made and refused', async (row) => {
  const at = (to: number) =>
    probe({ probe: row.kind, url: `${row.scheme}://localhost:${to}/`, ip: 4, timeoutMs: 5000 });
  // The server speaks no TLS: the connection is made, and the handshake fails.
  expect(await at(port)).toMatchObject({
    failure: row.scheme === 'https' ? expect.any(String) : null,
    remote: `127.0.0.1:${port}`,
  });
  expect(await at(refused.port)).toMatchObject({
    failure: 'connection_refused',
    remote: `127.0.0.1:${refused.port}`,
  });
});
