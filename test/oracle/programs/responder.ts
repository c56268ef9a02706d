import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';

/* Serves on the ports that are named: DNS on any number of them, a proxy, and UDP that is never answered. */

const [dns = '', proxy = '', silent = ''] = process.argv.slice(2);

for (const port of dns.split(',').map(Number)) {
  const socket = createSocket({ type: 'udp6' });
  socket.on('message', (message, { port: clientPort, address }) => {
    socket.send(encode(answer(decode(message))), clientPort, address);
  });
  socket.bind(port, '::');
  createTcpServer((connection) => {
    connection.once('data', (bytes) => connection.end(streamEncode(answer(streamDecode(bytes)))));
    connection.on('error', () => undefined);
  }).listen(port, '::');
}

function answer({ id = 0, questions = [] }: Packet): Packet {
  const name = questions[0]?.name ?? '';
  return {
    type: 'response',
    id,
    questions,
    answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }],
  };
}

/** Whatever it is asked for is on the loopback, on the port that was named. */
const server = createServer((_request, response) => response.end('of the proxy\n'));
server.on('connect', ({ url = '' }, near) => {
  const far = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
    near.write('HTTP/1.1 200 Connection established\r\n\r\n');
    near.pipe(far).pipe(near);
  });
  for (const socket of [near, far]) socket.on('error', () => undefined);
});
server.listen(Number(proxy), '::');

createSocket('udp6').bind(Number(silent), '::');
