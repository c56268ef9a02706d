import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** What was written at either end, in the order in which it passed the middle. */
export type Written = readonly { readonly isToServer: boolean; readonly bytes: Uint8Array }[];

/** Runs `client` against a TLS server on the loopback; between them stands a relay that writes down what it passes on. */
export async function recordSession(
  options: TlsOptions,
  client: (port: number) => Promise<unknown>,
): Promise<Written> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  server.on('tlsClientError', () => undefined);
  const serverPort = await listen(server);
  const written: { isToServer: boolean; bytes: Uint8Array }[] = [];
  const relay = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    pass(near, far, (bytes) => written.push({ isToServer: true, bytes }));
    pass(far, near, (bytes) => written.push({ isToServer: false, bytes }));
  });
  try {
    await client(await listen(relay));
  } finally {
    relay.close();
    server.close();
  }
  return written;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function pass(from: Socket, to: Socket, see: (bytes: Uint8Array) => void): void {
  from.on('data', (bytes) => {
    see(Uint8Array.from(bytes));
    to.write(bytes);
  });
  from.on('close', () => to.end()).on('error', () => to.destroy());
}
