import { describe, expect, test } from 'vitest';
import { Engine } from '../../../src/engine/engine.ts';
import type { Verdict } from '../../../src/policy/verdict.ts';
import { parseCensor } from '../../../src/scenario/censor-file.ts';
import { policyOf } from '../../../src/scenario/policy.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { dnsQuery } from '../../support/dns.ts';
import {
  clientHello,
  clientHelloMessage,
  concat,
  hex,
  httpRequest,
} from '../../support/packets.ts';
import { clientDatagram, cryptoFrames } from '../../support/quic.ts';
import { Session } from '../../support/session.ts';
import { fateOf, interference } from '../../support/verdicts.ts';

const ECH: readonly (readonly [number, number])[] = [[0xfe0d, 20]];
const NAME = 'cloudflare-ech.com';

/** A censor of one rule that drops, from its trigger as a file has it. */
function boxOf(trigger: string, model = '{ preset: strict }'): Engine {
  return boxOfRules(model, { trigger, action: '{ do: drop }' });
}

interface RuleText {
  readonly trigger: string;
  readonly action: string;
}

function boxOfRules(model: string, ...texts: readonly RuleText[]): Engine {
  const lines = texts.map(({ trigger, action }, i) => {
    return `  - { name: r${i}, trigger: ${trigger}, action: ${action} }`;
  });
  const text = `model: ${model}\nrules:\n${lines.join('\n')}\n`;
  const { model: spec, rules } = parseCensor(text, 'box.yaml');
  return new Engine({ policy: policyOf(rules, spec) });
}

function fates(engine: Engine, ...parts: readonly Uint8Array[]): string[] {
  const session = new Session(engine, { server: { port: 443 } }).handshake();
  return parts.map((part) => fateOf(session.send('client', part)));
}

const MODELS = ['{ preset: plain }', '{ preset: naive-stream }', '{ preset: strict }'];
const SNI_AND_ECH = `{ match: all, of: [{ match: tls.sni, domains: [${NAME}] }, { match: tls.client-hello, ech: true }] }`;

describe.each(MODELS)('a name together with ECH (%s)', (model) => {
  test.each([
    { name: 'both', sni: NAME, before: ECH, want: 'drop' },
    { name: 'the name alone', sni: NAME, before: [], want: 'accept' },
    { name: 'ECH alone', sni: 'other.test', before: ECH, want: 'accept' },
  ])('$name: $want', ({ sni, before, want }) => {
    expect(fates(boxOf(SNI_AND_ECH, model), clientHello({ sni, before }))).toEqual([want]);
  });

  test('is told with both parts', () => {
    const session = new Session(boxOf(SNI_AND_ECH, model)).handshake();
    const { decision } = interference(
      session.send('client', clientHello({ sni: NAME, before: ECH })),
    );
    expect(decision.why).toBe(`tls.sni=${NAME} and tls.client-hello=ech true`);
  });
});

test('a name without ECH is known when the ClientHello is whole', () => {
  const trigger = `{ match: all, of: [{ match: tls.sni, domains: [${NAME}] }], not: [{ match: tls.client-hello, ech: true }] }`;
  const [plain, hidden] = [clientHello({ sni: NAME }), clientHello({ sni: NAME, after: ECH })];
  for (const cut of [20, plain.length - 3]) {
    const got = fates(boxOf(trigger), plain.slice(0, cut), plain.slice(cut));
    expect([cut, ...got]).toEqual([cut, 'accept', 'drop']);
  }
  expect(fates(boxOf(trigger), hidden.slice(0, 90), hidden.slice(90))).toEqual([
    'accept',
    'accept',
  ]);
});

test('a decision tells the parts that held and those that must not', () => {
  const trigger = `{ match: all, of: [{ match: tls.sni, domains: [${NAME}] }, { match: address, addresses: [198.18.0.80] }], not: [{ match: tls.client-hello, ech: true }, { match: address, addresses: [192.0.2.9] }] }`;
  const session = new Session(boxOf(trigger)).handshake();
  const { decision } = interference(session.send('client', clientHello({ sni: NAME })));
  expect(decision.why).toBe(
    `tls.sni=${NAME} and address=198.18.0.80:80 and not tls.client-hello and not address`,
  );
});

describe('what a decision says', () => {
  const whyOf = (engine: Engine, ...parts: readonly Uint8Array[]): string => {
    const session = new Session(engine).handshake();
    const verdicts = parts.map((part) => session.send('client', part));
    return interference(verdicts.at(-1) as Verdict).decision.why;
  };
  const within = '{ match: http.host, as: substring, domains: [blocked.test] }';

  test('is of its own rule, whatever part of another held', () => {
    const other = `{ match: all, of: [${within}, { match: http.url, keywords: [none] }] }`;
    const own = '{ match: http.host, domains: [blocked.test] }';
    const texts = [other, own].map((trigger) => ({ trigger, action: '{ do: drop }' }));
    const session = new Session(boxOfRules('{ preset: strict }', ...texts)).handshake();
    const request = httpRequest({ host: 'www.blocked.test' });
    const { why, matched } = interference(session.send('client', request)).decision;
    expect(why).toBe('http.host=www.blocked.test');
    expect(matched.offset).toBe(Buffer.from(request).indexOf('www.blocked.test'));
  });

  test('is what each part matched', () => {
    const whole = '{ match: http.host, domains: [www.blocked.test] }';
    const engine = boxOf(`{ match: all, of: [${within}, ${whole}] }`);
    expect(whyOf(engine, httpRequest({ host: 'www.blocked.test' }))).toBe(
      'http.host=blocked.test and http.host=www.blocked.test',
    );
  });

  test('has what held in an earlier packet', () => {
    const trigger = `{ match: all, of: [{ match: payload, keywords: [alpha] }, { match: http.host, domains: [a.test] }] }`;
    const first = httpRequest({ target: '/alpha', host: 'b.test' });
    const why = whyOf(boxOf(trigger, '{ preset: plain }'), first, httpRequest({ host: 'a.test' }));
    expect(why).toBe('payload=alpha and http.host=a.test');
  });
});

describe('a host and a path', () => {
  const both = `{ match: all, of: [{ match: http.host, domains: [a.test] }, { match: http.url, keywords: [secret] }] }`;
  const get = (host: string, target: string): Uint8Array => httpRequest({ host, target });

  test.each(MODELS)('must be those of one request (%s)', (model) => {
    expect(fates(boxOf(both, model), get('a.test', '/secret'))).toEqual(['drop']);
    const apart = [get('a.test', '/'), get('b.test', '/secret'), get('a.test', '/')];
    expect(fates(boxOf(both, model), ...apart)).toEqual(['accept', 'accept', 'accept']);
    expect(fates(boxOf(both, model), concat(...apart))).toEqual(['accept']);
  });

  test('are known when the second of them is, in segments', () => {
    const request = get('a.test', '/secret');
    const got = fates(boxOf(both), request.slice(0, 20), request.slice(20));
    expect(got).toEqual(['accept', 'drop']);
  });

  test('a path of any host but one is known without a Host when the head is whole', () => {
    const trigger = `{ match: all, of: [{ match: http.url, keywords: [secret] }], not: [{ match: http.host, domains: [a.test] }] }`;
    const bare = Buffer.from('GET /secret HTTP/1.0\r\nX: y\r\n\r\n');
    expect(fates(boxOf(trigger), bare)).toEqual(['drop']);
    expect(fates(boxOf(trigger), get('a.test', '/secret'))).toEqual(['accept']);
    expect(fates(boxOf(trigger), get('b.test', '/secret'))).toEqual(['drop']);
  });
});

describe('two requests in one packet, of which each holds one part', () => {
  const trigger = `{ match: all, of: [{ match: http.host, domains: [${NAME}] }, { match: http.url, keywords: ["/x"] }] }`;
  const both = concat(
    httpRequest({ host: 'fine.test', target: '/x' }),
    httpRequest({ host: NAME, target: '/' }),
  );

  test.each(['plain', 'first-payload', 'naive-stream', 'strict'])(
    'set nothing off in %s',
    (preset) => {
      expect(fates(boxOf(trigger, `{ preset: ${preset} }`), both)).toEqual(['accept']);
    },
  );

  test('set the rule off where the box scans for names, and knows no messages', () => {
    for (const model of ['{ preset: stateless-substring }', '{ http: { parse: substring } }']) {
      expect(fates(boxOf(trigger, model), both)).toEqual(['drop']);
    }
  });
});

describe('what a flow has shown before counts:', () => {
  test('a tunnel by a host, and a name within it', () => {
    const trigger = `{ match: all, of: [{ match: http.host, domains: [proxy.test] }, { match: tls.sni, domains: [${NAME}] }] }`;
    const connect = (host: string): Uint8Array =>
      httpRequest({ method: 'CONNECT', target: 'x:443', host });
    const hello = clientHello({ sni: NAME });
    expect(fates(boxOf(trigger), connect('proxy.test'), hello)).toEqual(['accept', 'drop']);
    expect(fates(boxOf(trigger), connect('other.test'), hello)).toEqual(['accept', 'accept']);
    expect(fates(boxOf(trigger), hello)).toEqual(['accept']);
  });

  test('but not for a box without sessions', () => {
    const trigger = `{ match: all, of: [{ match: http.host, domains: [proxy.test] }, { match: payload, keywords: [secret] }] }`;
    const model = '{ preset: stateless-substring }';
    const parts = [httpRequest({ host: 'proxy.test' }), Buffer.from('secret')];
    expect(fates(boxOf(trigger, model), ...parts)).toEqual(['accept', 'accept']);
    expect(fates(boxOf(trigger, model), concat(...parts))).toEqual(['drop']);
  });

  test('addresses and protocols, with what must not be', () => {
    const trigger = (address: string): string =>
      `{ match: all, of: [{ match: address, addresses: ["${address}"] }], not: [{ match: protocol, is: [tls] }] }`;
    const [tls, http] = [clientHello({ sni: NAME }), httpRequest({ host: NAME })];
    expect(fates(boxOf(trigger('198.18.0.80')), tls)).toEqual(['accept']);
    expect(fates(boxOf(trigger('198.18.0.80')), http)).toEqual(['drop']);
    expect(fates(boxOf(trigger('192.0.2.1')), http)).toEqual(['accept']);
  });
});

describe.each(MODELS)('a part that another rule acts on first counts (%s):', (model) => {
  const tunnel = `{ match: all, of: [{ match: http.host, domains: [proxy.test] }, { match: tls.sni, domains: [${NAME}] }] }`;

  test.each([
    { name: 'by the same name', first: '{ match: http.host, domains: [proxy.test] }' },
    { name: 'by bytes that are read before', first: '{ match: payload, keywords: [CONNECT] }' },
  ])('$name', ({ first }) => {
    const engine = boxOfRules(
      model,
      { trigger: first, action: '{ do: delay, ms: 5 }' },
      { trigger: tunnel, action: '{ do: drop }' },
    );
    const connect = httpRequest({ method: 'CONNECT', target: 'x:443', host: 'proxy.test' });
    expect(fates(engine, connect, clientHello({ sni: NAME }))).toEqual(['hold', 'drop']);
  });
});

test('a payload over UDP is a part as it is over TCP', () => {
  const trigger = `{ match: all, of: [{ match: payload, keywords: [secret] }, { match: address, addresses: [198.18.0.53] }] }`;
  const session = new DatagramSession(boxOf(trigger), { dstPort: 9 });
  const parts = ['some words', 'the secret'].map((text) => Buffer.from(text));
  expect(parts.map((part) => fateOf(session.send('client', part)))).toEqual(['accept', 'drop']);
});

describe('each DNS question of one port is a message of its own:', () => {
  const fates = (trigger: string, ...names: readonly string[]): string[] => {
    const session = new DatagramSession(boxOf(trigger));
    return names.map((name) => fateOf(session.send('client', dnsQuery(name))));
  };
  const below = '{ match: dns.qname, domains: [a.test] }';

  test('parts that hold must hold of the same', () => {
    const trigger = `{ match: all, of: [${below}, { match: dns.qname, patterns: ["^x"] }] }`;
    expect(fates(trigger, 'y.a.test', 'x.b.test')).toEqual(['accept', 'accept']);
    expect(fates(trigger, 'y.a.test', 'x.a.test')).toEqual(['accept', 'drop']);
  });

  test('what must not hold is forgotten with its question', () => {
    const trigger = `{ match: all, of: [${below}], not: [{ match: dns.qname, domains: [b.a.test] }] }`;
    expect(fates(trigger, 'b.a.test', 'a.test')).toEqual(['accept', 'drop']);
  });
});

describe('the rule of Russia’s TSPU for QUIC, of 2022', () => {
  const trigger = `{ match: packet, transport: udp, min_length: 1001, bytes: [{ at: 1, hex: "00 00 00 01" }] }`;
  const send = (payload: Uint8Array, rule = trigger): string =>
    fateOf(new DatagramSession(boxOf(rule), { dstPort: 443 }).send('client', payload));
  const long = (length: number, version = 1): Uint8Array => {
    const bytes = new Uint8Array(length).fill(0x61);
    bytes.set([0xc0, 0, 0, 0, version]);
    return bytes;
  };

  test.each([
    { name: '1,001 bytes of version 1', payload: long(1001), want: 'drop' },
    { name: '1,000 bytes', payload: long(1000), want: 'accept' },
    { name: 'version 2 of a draft', payload: long(1200, 2), want: 'accept' },
    { name: 'no byte but those five', payload: long(5), want: 'accept' },
  ])('$name: $want', ({ payload, want }) => {
    expect(send(payload)).toBe(want);
  });

  test('with a mask, a bit counts', () => {
    const masked = `{ match: packet, bytes: [{ at: 0, hex: "c0", mask: "c0" }] }`;
    expect([send(long(20), masked), send(hex`80 00`, masked), send(hex`ff`, masked)]).toEqual([
      'drop',
      'accept',
      'drop',
    ]);
  });

  test('together with a name, it is about the datagram that brings the name', () => {
    const named = `{ match: all, of: [${trigger}, { match: quic.sni, domains: [${NAME}] }] }`;
    const frames = cryptoFrames(clientHelloMessage({ sni: NAME }));
    const dcid = hex`01 02 03 04 05 06 07 08`;
    expect(send(clientDatagram({ dcid, frames }), named)).toBe('drop');
    expect(send(clientDatagram({ dcid, frames, padTo: 600 }), named)).toBe('accept');
  });

  test.each(MODELS)('of TCP, each segment counts, whatever is put together (%s)', (model) => {
    const segments = `{ match: packet, transport: tcp, min_length: 30, max_length: 40 }`;
    const parts = [20, 50, 35].map((length) => Buffer.from('x'.repeat(length)));
    expect(fates(boxOf(segments, model), ...parts)).toEqual(['accept', 'accept', 'drop']);
  });
});
