import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { encode } from 'dns-packet';
import { getRequest } from '../http.ts';
import type { TriggerPacket } from './request.ts';

/** What a trigger packet carries; nothing, if it is a SYN. */
export async function payloadOf(trigger: TriggerPacket): Promise<Uint8Array> {
  switch (trigger.kind) {
    case 'http':
      return getRequest(new URL(trigger.path, `http://${trigger.host}`), trigger.host);
    case 'tls':
      return clientHello(trigger.name);
    case 'dns':
      return encode({
        type: 'query',
        id: Math.floor(Math.random() * 0x1_0000),
        flags: RECURSION_DESIRED,
        questions: [{ type: 'A', name: trigger.name }],
      });
    case 'syn':
      return new Uint8Array(0);
  }
}

/** That which Node's own TLS sends first. */
function clientHello(name: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const carrier = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _, done) => {
        resolve(bytes);
        done();
      },
    });
    connect({ socket: carrier, servername: name }).on('error', reject);
  });
}

const RECURSION_DESIRED = 0x0100;
