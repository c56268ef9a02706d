import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/errors.ts';
import type { ControlRequest, ControlResponse } from '../ooni/test-keys.ts';
import { CONTROL_SOCKET } from '../probe/lab-facts.ts';
import type { ControlReply } from '../probe/web-connectivity/ask-control.ts';

/** Passes the questions of the lab's probes on to whoever measures at `control`. Resolves when it listens. */
export function startControlSocket(
  measure: (request: ControlRequest) => Promise<ControlResponse>,
): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // who asks may leave before there is an answer
    createInterface({ input: socket }).once('line', (line) => {
      void replyTo(line, measure).then((reply) => socket.end(JSON.stringify(reply)));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(CONTROL_SOCKET, resolve);
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
