import { createSocket } from 'node:dgram';

/* Sends a DNS query for a name so many times, and prints how many answers came. Runs on a host of a lab. */

const [server = '', name = '', count = ''] = process.argv.slice(2);
const labels = name.split('.').map((label) => [label.length, ...Buffer.from(label)]);
const query = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels.flat(), 0, 0, 1, 0, 1]);
const socket = createSocket('udp4');
let answers = 0;
socket.on('message', () => answers++);
await new Promise<void>((resolve) => socket.bind(resolve));
for (let i = 0; i < Number(count); i++) {
  await new Promise<void>((resolve, reject) => {
    const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
    socket.send(query, 53, server, done);
  });
}
// Until none has come for a while that is long beside the path.
for (let before = -1; before !== answers; ) {
  before = answers;
  await new Promise((resolve) => setTimeout(resolve, 300));
}
socket.close();
process.stdout.write(String(answers));
