import { connect } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import { text } from 'node:stream/consumers';

/*
 * Says to servers on the loopback what it is told on its standard input, and prints what each answered: a line
 * of JSON for each port, with the answers in base64.
 */

interface Task {
  readonly ports: readonly {
    readonly port: number;
    /** Connections side by side: some servers take one after the other. */
    readonly atOnce: number;
    /** In ms, for the first byte of an answer. */
    readonly patience: number;
  }[];
  /** In base64, one connection each. */
  readonly sayings: readonly (readonly string[])[];
}

const SERVER_HELLO_DONE = Buffer.from('0e000000', 'hex');
/** In ms. */
const AFTER_A_BYTE = 60;
/** Silence may mean that the server has not had its turn. */
const IS_BUSY = (loadavg()[0] ?? 0) > availableParallelism();
const { ports, sayings } = JSON.parse(await text(process.stdin)) as Task;
await Promise.all(ports.map(askPort));

async function askPort({ port, atOnce, patience }: Task['ports'][number]): Promise<void> {
  const answers: string[] = new Array(sayings.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < sayings.length; i = next++) {
      const saying = sayings[i] as readonly string[];
      let heard = await ask(port, patience, saying);
      if (heard.length === 0 && IS_BUSY) heard = await ask(port, 8 * patience, saying);
      answers[i] = heard.toString('base64');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  process.stdout.write(`${JSON.stringify({ port, answers })}\n`);
}

/** All that the server says until it closes, or says nothing for a while. */
function ask(port: number, patience: number, pieces: readonly string[]): Promise<Buffer> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let wait = setTimeout(() => end(), patience);
    const end = (): void => {
      clearTimeout(wait);
      socket.destroy();
      resolve(heard);
    };
    socket.on('error', end).on('close', end);
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      clearTimeout(wait);
      if (heard.subarray(-4).equals(SERVER_HELLO_DONE)) end();
      else wait = setTimeout(end, AFTER_A_BYTE);
    });
    socket.on('connect', async () => {
      for (const [i, piece] of pieces.entries()) {
        if (i > 0) await new Promise((later) => setTimeout(later, 2));
        if (!socket.destroyed) socket.write(Buffer.from(piece, 'base64'));
      }
    });
  });
}
