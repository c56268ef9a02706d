import { udpFrame } from '../../support/datagrams.ts';
import { dnsMessage, dnsQuery } from '../../support/dns.ts';
import { concat } from '../../support/packets.ts';
import { connection, later, type Step, step } from '../../support/talk.ts';
import { u16s } from '../../support/tls.ts';
import { asked } from './steps.ts';

const CLIENT = { address: '10.0.0.1', port: 50_000 };
const RESOLVER = { address: '198.18.0.53', port: 53 };

export const DNS: Readonly<Record<string, readonly Step[]>> = {
  'am-2022-answers-nxdomain': lookUp('www.tiktok.com'),
  'am-2022-answers-with-a-forged-address': lookUp('www.tiktok.com'),
  'am-2022-passes-another-name': lookUp('example.org'),
  'dns-on-path-races-the-true-answer': lookUp('blocked.test'),
  'dns-in-path-holds-the-question-back': lookUp('blocked.test'),
  'dns-over-tcp-passes-where-only-udp-is-read': overTcp(),
  'dns-over-tcp-is-reset-where-it-is-read': overTcp(),
};

/** A question and its true answer. */
function lookUp(name: string): Step[] {
  return [
    step(datagram(CLIENT, RESOLVER, dnsQuery(name))),
    later(20, step(datagram(RESOLVER, CLIENT, answer(name)))),
  ];
}

function overTcp(): Step[] {
  const [query, reply] = [dnsQuery('blocked.test'), answer('blocked.test')];
  return asked(prefixed(query), connection({ server: 53 }), prefixed(reply));
}

/** RFC 1035 §4.2.2. */
function prefixed(message: Uint8Array): Uint8Array {
  return concat(u16s(message.length), message);
}

function answer(name: string): Uint8Array {
  return dnsMessage({
    type: 'response',
    flags: 0x0180,
    questions: [{ type: 'A', name }],
    answers: [{ type: 'A', name, ttl: 300, data: '198.18.0.80' }],
  });
}

function datagram(from: typeof CLIENT, to: typeof CLIENT, payload: Uint8Array): Uint8Array {
  const { address: src, port: srcPort } = from;
  return udpFrame({ src, srcPort, dst: to.address, dstPort: to.port, payload });
}
