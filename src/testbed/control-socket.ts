import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/errors.ts';
import type { ControlRequest, ControlResponse } from '../ooni/test-keys.ts';
import { CONTROL_SOCKET } from '../probe/lab-facts.ts';
import type { ControlReply } from '../probe/web-connectivity/ask-control.ts';

/** Passes the questions of the lab's probes on to whoever measures at `control`. Resolves when it listens. */
export function startControlSocket(
  measure: (request: ControlRequest) => Promise<ControlResponse>,
  path = CONTROL_SOCKET,
): Promise<Server> {
  const server = createServer((socket) => {
    // Who asks may leave before there is an answer: the socket says so, and whoever reads lines of it says it again.
    socket.on('error', () => undefined);
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.once('line', (line) => {
      void replyTo(line, measure).then((reply) => socket.end(JSON.stringify(reply)));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

async function replyTo(
  line: string,
  measure: (request: ControlRequest) => Promise<ControlResponse>,
): Promise<ControlReply> {
  try {
    return { response: await measure(JSON.parse(line) as ControlRequest) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
