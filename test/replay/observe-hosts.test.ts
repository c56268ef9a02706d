import { describe, expect, test } from 'vitest';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { observed, only } from '../support/observing.ts';
import { clientHello, httpRequest, tcpFrame } from '../support/packets.ts';

const A = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
const B = { src: A.dst, srcPort: A.dstPort, dst: A.src, dstPort: A.srcPort };
const ends = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53', dstPort: 53 };
const question = (name: string) => udpFrame({ ...ends, payload: dnsQuery(name) });

describe('every name of a flow is listed, with the packet that completed it', () => {
  test('requests one after the other, and two in a packet', () => {
    const [a, b, c] = ['a.test', 'b.test', 'c.test'].map((host) => httpRequest({ host }));
    const both = Buffer.concat([b as Uint8Array, c as Uint8Array]);
    const { frames } = new Conversation({ serverPort: 80 })
      .handshake()
      .client(a as Uint8Array)
      .client(both);
    expect(only(observed(...frames), 'host', 'hosts', 'hosts_left_out')).toEqual([
      {
        host: 'a.test',
        hosts: [
          { kind: 'http.host', name: 'a.test', packet: 4 },
          { kind: 'http.host', name: 'b.test', packet: 5 },
          { kind: 'http.host', name: 'c.test', packet: 5 },
        ],
        hosts_left_out: 0,
      },
    ]);
  });

  test('questions of one socket, and how many were left out', () => {
    const frames = Array.from({ length: 300 }, (_, i) => question(`n${i}.test`));
    const [flow] = observed(...frames);
    expect(flow).toMatchObject({ qname: 'n0.test', hosts_left_out: 44 });
    expect(flow?.hosts).toHaveLength(256);
    expect(flow?.hosts[255]).toEqual({ kind: 'dns.qname', name: 'n255.test', packet: 256 });
  });
});

describe('data on a SYN', () => {
  const decoy = clientHello({ sni: 'decoy.test' });
  const real = clientHello({ sni: 'real.test' });
  const syn = tcpFrame({ ...A, seq: 0, ack: 0, flags: 'S', payload: decoy });
  const after = 1 + decoy.length;
  const names = (...frames: Uint8Array[]) =>
    only(observed(...frames), 'sni', 'hosts').map(({ sni, hosts }) => [
      sni,
      ...hosts.map(({ name }) => name),
    ]);

  test('that the server did not acknowledge was not taken', () => {
    const seen = names(
      syn,
      tcpFrame({ ...B, seq: 0, ack: 1, flags: 'SA' }),
      tcpFrame({ ...A, seq: 1, ack: 1, flags: 'A' }),
      tcpFrame({ ...A, seq: 1, ack: 1, flags: 'PA', payload: real }),
    );
    expect(seen).toEqual([['real.test', 'real.test']]);
  });

  test('counts when the server acknowledges it', () => {
    const seen = names(syn, tcpFrame({ ...B, seq: 0, ack: after, flags: 'SA' }));
    expect(seen).toEqual([['decoy.test', 'decoy.test']]);
  });

  test('counts where no answer was captured and the client goes on behind it', () => {
    expect(names(syn, tcpFrame({ ...A, seq: after, ack: 1, flags: 'A' }))).toEqual([
      ['decoy.test', 'decoy.test'],
    ]);
    expect(names(syn)).toEqual([[null]]);
    const again = tcpFrame({ ...A, seq: 1, ack: 1, flags: 'PA', payload: real });
    expect(names(syn, again).flat()).not.toContain('decoy.test');
  });
});
