import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import { address } from '../../src/policy/match/address.ts';
import { clientHello } from '../../src/policy/match/client-hello.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { names } from '../../src/policy/match/names.ts';
import { packet } from '../../src/policy/match/packet.ts';
import { protocol } from '../../src/policy/match/protocol.ts';
import { volume } from '../../src/policy/match/volume.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import {
  clientHelloMessage,
  concat,
  clientHello as hello,
  hex,
  httpRequest,
} from '../support/packets.ts';
import { clientDatagram, cryptoFrame } from '../support/quic.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const NAME = 'www.blocked.test';
const PASS: Action = { do: 'pass' };
const DROP: Action = { do: 'drop' };
const REQUEST = httpRequest({ host: NAME, target: '/secret' });
const QUIC = clientDatagram({
  dcid: hex`01 02 03 04 05 06 07 08`,
  frames: [cryptoFrame(0, clientHelloMessage({ sni: NAME }))],
});

/** A trigger of each kind that the one packet sets off. */
function triggersOf(model: Model, over: 'tls' | 'http' | 'quic'): Record<string, Matcher> {
  const how = { names: ['blocked.test'], how: 'suffix', normalise: model.host.normalise } as const;
  const common = {
    address: address({ addresses: ['198.18.0.0/16'], of: 'server' }),
    protocol: protocol({ is: [over] }),
    packet: packet({ minLength: 20 }),
    volume: volume({ bytesOver: 0, of: 'both' }),
  };
  if (over === 'http') {
    return {
      ...common,
      payload: keywords('payload', { keywords: ['secret'], patterns: [] }),
      'http.host': names('http.host', how),
      'http.url': keywords('http.url', { keywords: ['secret'], patterns: [] }),
    };
  }
  const payload = over === 'tls' ? 'blocked' : String.fromCharCode(...QUIC.slice(5, 12));
  return {
    ...common,
    payload: keywords('payload', { keywords: [payload], patterns: [] }),
    [over === 'tls' ? 'tls.sni' : 'quic.sni']: names(over === 'tls' ? 'tls.sni' : 'quic.sni', how),
    'tls.client-hello': clientHello({ sni: 'present' }),
  };
}

/** What becomes of the packet that shows everything; a SYN comes before it in TCP. */
function fate(
  model: Model,
  over: 'tls' | 'http' | 'quic',
  first: Matcher,
  second: Matcher,
): string {
  const rules = [
    { name: 'first', trigger: first, action: PASS },
    { name: 'second', trigger: second, action: DROP },
  ];
  const small = { ...model, tcb: { ...model.tcb, capacity: 64 } };
  const engine = new Engine({ policy: { model: small, rules } });
  if (over === 'quic') {
    const session = new DatagramSession(engine, { dstPort: 443 });
    return fateOf(session.send('client', QUIC));
  }
  const session = new Session(engine).handshake();
  return fateOf(session.send('client', over === 'tls' ? hello({ sni: NAME }) : REQUEST));
}

describe.each(Object.entries(PRESETS))(
  'of two rules that a packet sets off, the first of the file counts (%s)',
  (_name, model) => {
    test.each(['tls', 'http', 'quic'] as const)('over %s, of whatever kinds they are', (over) => {
      const triggers = triggersOf(model, over);
      const wrong: string[] = [];
      for (const [row, first] of Object.entries(triggers)) {
        for (const [column, second] of Object.entries(triggers)) {
          // The SYN is dropped before anything else is known.
          const isTooLate = over !== 'quic' && column === 'address' && row !== 'address';
          const want = isTooLate ? 'drop' : 'accept';
          if (fate(model, over, first, second) !== want) wrong.push(`${row} before ${column}`);
        }
      }
      expect(wrong).toEqual([]);
    });

    test('whichever it is that drops', () => {
      for (const over of ['tls', 'http', 'quic'] as const) {
        const triggers = Object.values(triggersOf(model, over));
        for (const first of triggers) {
          for (const second of triggers) {
            const rules = [
              { name: 'first', trigger: first, action: DROP },
              { name: 'second', trigger: second, action: PASS },
            ];
            const small = { ...model, tcb: { ...model.tcb, capacity: 64 } };
            const engine = new Engine({ policy: { model: small, rules } });
            const session =
              over === 'quic'
                ? new DatagramSession(engine, { dstPort: 443 })
                : new Session(engine).handshake();
            const bytes = over === 'quic' ? QUIC : over === 'tls' ? hello({ sni: NAME }) : REQUEST;
            const isPassedBefore = over !== 'quic' && second === triggers[0] && first !== second;
            expect(fateOf(session.send('client', bytes))).toBe(isPassedBefore ? 'accept' : 'drop');
          }
        }
      }
    });
  },
);

describe('of messages in one packet', () => {
  const both = concat(httpRequest({ host: 'a.test' }), httpRequest({ host: 'b.test' }));
  const see = (mode: 'packet' | 'in-order', ...rules: Parameters<typeof censor>[0]): string => {
    const session = new Session(censor(rules, { stream: { mode } })).handshake();
    return fateOf(session.send('client', both));
  };

  test.each(['packet', 'in-order'] as const)('the first rule of the file counts, by %s', (mode) => {
    const [pass, drop] = [
      nameRule('http.host', 'b.test', PASS),
      nameRule('http.host', 'a.test', DROP),
    ];
    expect([see(mode, pass, drop), see(mode, drop, pass)]).toEqual(['accept', 'drop']);
  });

  test('a packet that was dropped is read anew when it comes again', () => {
    const rules = [
      nameRule('http.host', 'b.test', { ...RESET, rest: 'pass' }),
      nameRule('http.host', 'a.test', { ...RESET, rest: 'pass' }),
    ];
    const engine = censor(rules, { stream: { mode: 'in-order' } });
    const session = new Session(engine).handshake();
    const fates = [0, 0, 0].map((offset) => fateOf(session.send('client', both, { offset })));
    expect(fates).toEqual(['drop', 'drop', 'drop']);
  });
});

test.each(['naive-stream', 'strict'] as const)(
  'a later request of a flow’s first packet counts behind blank lines (%s)',
  (preset) => {
    const requests = ['a', 'c', 'b'].map((name) => httpRequest({ host: `${name}.test` }));
    const [a, c, b] = requests as [Uint8Array, Uint8Array, Uint8Array];
    const line = Buffer.from('\r\n');
    const rules = [
      nameRule('http.host', 'b.test', DROP),
      nameRule('http.host', 'a.test', { do: 'delay', way: 'both', by: 1 }),
    ];
    for (const packet of [concat(a, line, b), concat(a, c, line, line, b)]) {
      const engine = new Engine({ policy: { model: PRESETS[preset], rules } });
      const session = new Session(engine).handshake();
      expect(fateOf(session.send('client', packet))).toBe('drop');
    }
  },
);

describe('a flow that goes on after a rule', () => {
  const SLOW: Action = { do: 'delay', way: 'both', by: 1 };
  const head = 'PUT / HTTP/1.1\r\nHost: slow.test\r\nTransfer-Encoding: chunked\r\n\r\n';
  const inner = `GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;
  const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;

  test.each(['in-order', 'full'] as const)('has its bodies passed over, by %s', (mode) => {
    const rules = [
      nameRule('http.host', 'slow.test', SLOW),
      nameRule('http.host', 'blocked.test', DROP),
    ];
    const session = new Session(censor(rules, { stream: { mode } })).handshake();
    const fates = [head, chunk, inner].map((part) => fateOf(session.send('client', part)));
    expect(fates).toEqual(['hold', 'hold', 'drop']);
  });

  test('is read where another rule acted on its volume', () => {
    const rules = [
      { name: 'slow', trigger: volume({ bytesOver: 5, of: 'both' }), action: SLOW },
      nameRule('http.host', 'blocked.test', DROP),
    ];
    const session = new Session(censor(rules, { stream: { mode: 'in-order' } })).handshake();
    const parts = [inner.slice(0, 12), inner.slice(12)];
    expect(parts.map((part) => fateOf(session.send('client', part)))).toEqual(['hold', 'drop']);
  });
});
