import * as z from 'zod';
import { Port } from './fields.ts';

/** What a scenario may say of its Tor network. All of it is on the host `server`. */
export const TorSchema = z.strictObject({
  relay_ports: z
    .tuple([Port, Port, Port])
    .default([5001, 5002, 5003])
    .describe('Of the relays, which are directory authorities and exits too.'),
  directory_ports: z
    .tuple([Port, Port, Port])
    .default([7001, 7002, 7003])
    .describe('On which the same vote on who is in the network.'),
  plain_port: Port.default(9001).describe('Of a bridge that speaks as relays do.'),
  obfs4_port: Port.default(9002).describe('Of a bridge that speaks obfs4 alone.'),
});

export type TorSpec = z.output<typeof TorSchema>;
