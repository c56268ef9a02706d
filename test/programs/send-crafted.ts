import { openPacketSender } from '../../src/dataplane/raw-socket.ts';

/* Sends one IPv4 packet, given in hex, to an address. Runs on a host of a lab. */

const [hex = '', destination = ''] = process.argv.slice(2);
const sender = await openPacketSender();
await sender.send(Buffer.from(hex, 'hex'), destination);
sender.close();
