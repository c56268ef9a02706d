import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startControlSocket } from '../../src/testbed/control-socket.ts';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-control-'));
const path = join(folder, 'control.sock');
let server: Server | undefined;

afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(text: string): Promise<string> {
  const socket = connect(path);
  socket.end(text);
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
  });
  await once(socket, 'close');
  return said;
}

test('one who leaves without reading the answer, or says nothing of sense, harms nobody', async () => {
  const answer = { dns: { failure: null, addrs: ['x'.repeat(1_000_000)] } } as never;
  server = await startControlSocket(async () => answer, path);
  const rude = connect(path);
  rude.write('{}\n');
  await once(rude, 'readable');
  rude.destroy(); // with most of the answer unread: the other end is told with an error
  expect(await ask('nonsense\n')).toContain('"error"');
  expect(JSON.parse(await ask('{}\n'))).toEqual({ response: answer });
});
