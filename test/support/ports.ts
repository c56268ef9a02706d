import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port of the loopback that the system chose, on which `server` listens from now on. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/**
 * A port of the loopback on which connections are refused for as long as `holder` is not closed. It is the client's end of a connection: it has
 * an owner, so that the system gives it to nobody else, and nobody listens on it.
 */
export async function refusedPort(): Promise<{ readonly port: number; readonly holder: Holder }> {
  const server = createServer();
  const accepted = once(server, 'connection');
  const socket = connect(await listening(server), '127.0.0.1');
  await once(socket, 'connect');
  const [peer] = (await accepted) as [Socket];
  server.close();
  const close = (): void => {
    socket.destroy();
    peer.destroy();
  };
  return { port: socket.localPort as number, holder: { close } };
}

/**
 * Starts something that needs one port for TCP and UDP, and returns the port. The system chooses it. Another program may have the port of the
 * other protocol, or take it before `start` does: then the system is asked again.
 */
export async function startOnOwnPort(start: (port: number) => Promise<unknown>): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    try {
      await start(port);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

interface Holder {
  close(): void;
}
