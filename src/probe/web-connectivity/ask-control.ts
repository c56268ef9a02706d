import { connect } from 'node:net';
import type { ControlRequest, ControlResponse } from '../../ooni/test-keys.ts';
import { ProbeTimeout } from '../failure.ts';
import { CONTROL_SOCKET } from '../lab-facts.ts';

/** What passes through the control's socket: a line of JSON each way. */
export type ControlReply = { readonly response: ControlResponse } | { readonly error: string };

/**
 * Asks the lab's control. The question goes by a socket of the file system, where no censor can reach it: a measurement is then
 * about what it measures, and not about its helper.
 */
export function askControl(request: ControlRequest): Promise<ControlResponse> {
  return new Promise((resolve, reject) => {
    const socket = connect(CONTROL_SOCKET);
    const timer = setTimeout(() => {
      socket.destroy(new ProbeTimeout(`no answer within ${TIMEOUT} ms`));
    }, TIMEOUT);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      try {
        const reply = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ControlReply;
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.response);
      } catch (error) {
        reject(error as Error);
      }
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** In ms, as OONI's probe waits for its test helper. */
const TIMEOUT = 30_000;
