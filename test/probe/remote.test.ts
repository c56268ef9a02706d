import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probe } from '../../src/probe/probe.ts';

/* Which address was dialled is what sockets and curl tell, whether or not anybody answered. */

let server: Server;
let port = 0;
let closedPort = 0;

beforeAll(async () => {
  server = createServer((_request, response) => response.end('here'));
  port = await listening(server);
  const other = createServer();
  closedPort = await listening(other);
  other.close();
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function listening(of: Server): Promise<number> {
  of.listen(0, '127.0.0.1');
  await once(of, 'listening');
  return (of.address() as AddressInfo).port;
}

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
  expect(await at(closedPort)).toMatchObject({
    failure: 'connection_refused',
    remote: `127.0.0.1:${closedPort}`,
  });
});
