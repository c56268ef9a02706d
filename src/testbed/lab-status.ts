import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { messageOf } from '../base/errors.ts';

/** What a lab that is up says of itself. */
export interface LabStatus {
  /** What could not be written, a sentence each. */
  readonly unwritten: readonly string[];
  /** What the middlebox counted; undefined where it did not answer. */
  readonly counters?: Readonly<Record<string, number>> | undefined;
}

/** How it is asked: for its status as it is, or to end, and then for its last. */
export type Asked = 'status' | 'end';

/** Answers whoever can open the socket, which is in a folder of this user's own. */
export function serveStatus(
  path: string,
  answer: (asked: Asked) => Promise<LabStatus>,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // who asks may leave before there is an answer
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.once('line', (line) => {
      const reply = line === 'end' || line === 'status' ? answer(line) : Promise.resolve({});
      void reply
        .catch((error: unknown) => ({ unwritten: [messageOf(error)] }))
        .then((status) => socket.end(`${JSON.stringify(status)}\n`));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const { short, close } = shortened(path);
    server.listen(short, () => {
      close();
      resolve(server);
    });
  });
}

/** Undefined where nobody answers within `limit` ms. */
export function askLab(path: string, asked: Asked, limit: number): Promise<LabStatus | undefined> {
  return new Promise((resolve) => {
    const { short, close } = shortened(path);
    const socket = connect(short);
    const timer = setTimeout(() => socket.destroy(), limit);
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, MOST_SAID);
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      clearTimeout(timer);
      close();
      resolve(statusIn(said));
    });
    socket.write(`${asked}\n`);
  });
}

function statusIn(said: string): LabStatus | undefined {
  try {
    return Status.parse(JSON.parse(said));
  } catch {
    return undefined; // it ended before it had said all
  }
}

/** The path of a socket has at most 107 bytes (unix(7)); that of its folder may be longer. */
function shortened(path: string): { readonly short: string; readonly close: () => void } {
  if (Buffer.byteLength(path) <= MOST_PATH) return { short: path, close: () => undefined };
  const fd = openSync(dirname(path), 'r');
  return { short: `/proc/self/fd/${fd}/${basename(path)}`, close: () => closeSync(fd) };
}

const Status = z.object({
  unwritten: z.array(z.string()).default([]),
  counters: z.record(z.string(), z.number()).optional(),
});
const MOST_PATH = 107;
const MOST_SAID = 1_000_000;
