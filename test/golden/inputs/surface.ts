import { ascii, clientHello, hex, httpRequest, tcpFrame } from '../../support/packets.ts';
import {
  clientSays,
  connection,
  fragment,
  handshake,
  later,
  overIpv6,
  type Step,
  serverSays,
  step,
} from '../../support/talk.ts';
import { asked, OK, random, tagged, tlsRequest, webRequest } from './steps.ts';

const WEB = connection({ server: 80 });
const BLOCKED = clientHello({ sni: 'blocked.test' });
const PAGE = random(21, 1000);

/** How a request looks, and what carries it. */
export const SURFACE: Readonly<Record<string, readonly Step[]>> = {
  'http-lines-that-end-in-lf-are-read': web(httpRequest({ host: 'blocked.test', eol: '\n' })),
  'http-lines-that-end-in-lf-pass-where-crlf-is-expected': web(
    httpRequest({ host: 'blocked.test', eol: '\n' }),
  ),
  'http-tab-before-the-host-is-read': web(lines('GET / HTTP/1.1', 'Host:\tblocked.test')),
  'http-tab-before-the-host-passes-a-strict-reader': web(
    lines('GET / HTTP/1.1', 'Host:\tblocked.test'),
  ),
  'http-host-field-in-odd-letters-is-read': web(lines('GET / HTTP/1.1', 'hoSt: blocked.test')),
  'http-host-field-in-odd-letters-passes-an-exact-reader': web(
    lines('GET / HTTP/1.1', 'hoSt: blocked.test'),
  ),
  'http-name-in-capitals-is-the-same-name': webRequest('BLOCKED.TEST'),
  'http-first-of-two-hosts-counts': twoHosts(),
  'http-last-of-two-hosts-counts': twoHosts(),
  'http-host-of-an-absolute-uri-passes-where-the-field-counts': absolute(),
  'http-host-of-an-absolute-uri-counts': absolute(),

  'ip-fragments-pass-a-box-that-puts-none-together': inFragments(),
  'ip-fragments-are-put-together': inFragments(),
  'ip6-extension-header-passes-a-box-that-stops-at-it': behindHopByHop(),
  'ip6-extension-header-is-walked-over': behindHopByHop(),
  'ip6-request-is-reset': overIp6(),
  'vlan-tag-is-looked-behind': tlsRequest('blocked.test').map(tagged),

  'throttle-drops-what-goes-over-the-rate': download(10),
  'delay-holds-each-packet-of-the-flow': download(3),
  'volume-freezes-a-flow-after-so-many-bytes': download(6),
};

function web(request: Uint8Array): Step[] {
  return asked(request, WEB);
}

function lines(...text: readonly string[]): Uint8Array {
  return ascii([...text, '', ''].join('\r\n'));
}

function twoHosts(): Step[] {
  return web(httpRequest({ host: ['example.org', 'blocked.test'] }));
}

function absolute(): Step[] {
  return web(httpRequest({ target: 'http://blocked.test/', host: 'example.org' }));
}

function inFragments(): Step[] {
  const whole = clientSays({ payload: BLOCKED });
  return [...handshake(), fragment(whole, 0, 104), fragment(whole, 104, whole.frame.length - 34)];
}

function behindHopByHop(): Step[] {
  const [opening, answer] = ip6Handshake();
  return [opening, answer, overIpv6(BLOCKED, 0)];
}

function overIp6(): Step[] {
  return [...ip6Handshake(), overIpv6(BLOCKED)];
}

function ip6Handshake(): [Step, Step] {
  const client = { src: '2001:db8::1', dst: '2001:db8:1::80', srcPort: 40_000, dstPort: 443 };
  const server = { src: client.dst, dst: client.src, srcPort: 443, dstPort: 40_000 };
  return [
    step(tcpFrame({ ...client, seq: 0, ack: 0, flags: 'S', payload: hex`` })),
    step(tcpFrame({ ...server, seq: 0, ack: 1, flags: 'SA' })),
  ];
}

/** A blocked page of so many segments, 10 ms apart. */
function download(count: number): Step[] {
  const request = httpRequest({ host: 'blocked.test' });
  const parts = Array.from({ length: count }, (_, i) =>
    later(
      10,
      serverSays({ at: OK.length + i * PAGE.length, payload: PAGE, ackAt: request.length }, WEB),
    ),
  );
  return [...web(request), ...parts];
}
