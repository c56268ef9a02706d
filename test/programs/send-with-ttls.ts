import { createSocket } from 'node:dgram';

/* Sends a datagram to each address with every TTL up to `most`, to the port 33434 + TTL. Runs on a host of a lab. */

const [most = '', ...addresses] = process.argv.slice(2);
for (const address of addresses) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.bind(resolve));
  for (let ttl = 1; ttl <= Number(most); ttl++) {
    socket.setTTL(ttl);
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      socket.send('?', 33_434 + ttl, address, done);
    });
  }
  socket.close();
}
