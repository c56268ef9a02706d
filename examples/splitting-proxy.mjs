// A circumvention tool in a few lines: a SOCKS proxy that cuts the first bytes of a connection in two, inside the server's name.
import { connect, createServer } from 'node:net';

const port = Number(process.argv[2]);

createServer((client) => {
  client.on('error', () => client.destroy());
  client.once('data', () => {
    client.write(Uint8Array.of(5, 0)); // RFC 1928: version 5, no authentication
    client.once('data', (request) => {
      const { host, port: to } = destinationOf(request);
      const server = connect(to, host, () => {
        server.setNoDelay(true);
        client.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        client.once('data', (first) => {
          const cut = first.indexOf(host) + Math.floor(host.length / 2);
          server.write(first.subarray(0, cut), () => {
            setTimeout(() => {
              server.write(first.subarray(cut));
              client.pipe(server).pipe(client);
            }, 20);
          });
        });
      });
      server.on('error', () => client.destroy());
      server.on('close', () => client.destroy());
      client.on('close', () => server.destroy());
    });
  });
}).listen(port, '127.0.0.1');

/** Of a request to connect, by name or by IPv4 address. */
function destinationOf(request) {
  const isName = request[3] === 3;
  const end = isName ? 5 + request[4] : 8;
  const host = isName ? request.toString('latin1', 5, end) : request.subarray(4, end).join('.');
  return { host, port: request.readUInt16BE(end) };
}
