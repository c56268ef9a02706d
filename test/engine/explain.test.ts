import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keywords } from '../../src/policy/match/keywords.ts';
import { type NameKind, names } from '../../src/policy/match/names.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Decision, Verdict } from '../../src/policy/verdict.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsQuery } from '../support/dns.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  httpRequest,
  tlsRecord,
} from '../support/packets.ts';
import { clientDatagram, cryptoFrames } from '../support/quic.ts';
import { Session } from '../support/session.ts';
import { interference } from '../support/verdicts.ts';

/** It stands once in what is sent. */
const NEEDLE = 'meydan.tv';
const HOW = ['suffix', 'substring', 'regex'] as const;
const MODES = ['packet', 'in-order', 'full'] as const;
const anyLabel = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
  minLength: 1,
  maxLength: 20,
});
/** Ends with the needle. */
const anyName = fc.array(anyLabel, { maxLength: 3 }).map((labels) => [...labels, NEEDLE].join('.'));
const anyHow = fc.constantFrom(...HOW);
const anyMode = fc.constantFrom(...MODES);
const anyCuts = (length: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: 1, max: Math.max(1, length - 1) }), { maxLength: 4 })
    .map((cuts) => [...new Set(cuts)].sort((a, b) => a - b));
const anyParts = (bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> =>
  anyCuts(bytes.length).map((cuts) => divided(bytes, cuts));

describe('the position in a decision is that of the first byte that was matched', () => {
  test('of a Host, in a segment or in the stream', () => {
    const anyCase = fc
      .record({ host: anyName, how: anyHow, mode: anyMode, pipelined: fc.nat(3), pad: fc.nat(300) })
      .chain((wish) => {
        const others = Array.from({ length: wish.pipelined }, () =>
          httpRequest({ host: 'a.example' }),
        );
        const request = httpRequest({ before: [`X: ${'x'.repeat(wish.pad)}`], host: wish.host });
        const bytes = concat(...others, request);
        const parts = wish.mode === 'packet' ? fc.constant([bytes]) : anyParts(bytes);
        return fc.record({ wish: fc.constant(wish), bytes: fc.constant(bytes), parts });
      });
    fc.assert(
      fc.property(anyCase, ({ wish: { host, how, mode }, bytes, parts }) => {
        const decision = decide('http.host', how, { stream: { mode } }, parts);
        const text = how === 'substring' ? NEEDLE : host;
        expect(decision?.matched).toEqual(matched('http.host', text, bytes, mode));
      }),
      { numRuns: 60 },
    );
  });

  test('of a keyword in a target, behind what came before', () => {
    const trigger = keywords('http.url', { keywords: [NEEDLE], patterns: [] });
    for (const mode of MODES) {
      const engine = censor([{ name: 'url', trigger, action: RESET }], { stream: { mode } });
      const session = new Session(engine).handshake();
      const first = httpRequest({ host: 'a.example' });
      const bytes = concat(first, httpRequest({ target: `/search?q=${NEEDLE}&x=1` }));
      const { decision } = interference(session.send('client', bytes));
      expect(decision.matched).toEqual(matched('http.url', NEEDLE, bytes, mode));
    }
  });

  test('of a keyword in a payload, wherever it is cut', () => {
    const trigger = keywords('payload', { keywords: [NEEDLE], patterns: [] });
    const anyCase = fc.tuple(fc.nat(600), fc.nat(600)).chain(([before, after]) => {
      const bytes = ascii(`${'x'.repeat(before)}${NEEDLE}${'y'.repeat(after)}`);
      return fc.tuple(fc.constant(bytes), anyParts(bytes));
    });
    fc.assert(
      fc.property(anyCase, fc.constantFrom('in-order', 'full'), ([bytes, parts], mode) => {
        const engine = censor([{ name: 'raw', trigger, action: RESET }], { stream: { mode } });
        const decision = firstDecision(new Session(engine).handshake(), parts);
        expect(decision?.matched).toEqual(matched('payload', NEEDLE, bytes, mode));
      }),
      { numRuns: 60 },
    );
  });

  test('of a name in raw bytes', () => {
    for (const mode of MODES) {
      const change: ModelChange = {
        stream: { mode },
        tls: { parse: 'substring' },
        http: { parse: 'substring' },
      };
      const hello = clientHello({ sni: `www.${NEEDLE}` });
      expect(decide('tls.sni', 'suffix', change, [hello])?.matched).toEqual(
        matched('tls.sni', NEEDLE, hello, mode),
      );
      const request = httpRequest({ host: `www.${NEEDLE}` });
      expect(decide('http.host', 'exact', change, [request])?.matched).toEqual(
        matched('http.host', NEEDLE, request, mode),
      );
    }
  });

  test('of a server_name, also behind the header of a later record', () => {
    const anyCase = fc
      .record({ host: anyName, how: anyHow, mode: anyMode, limit: fc.constantFrom(0, 4096) })
      .chain((wish) => {
        const message = clientHelloMessage({ sni: wish.host });
        const cuts = wish.limit === 0 ? fc.constant<number[]>([]) : anyCuts(message.length);
        return fc.record({ wish: fc.constant(wish), cuts, message: fc.constant(message) });
      });
    fc.assert(
      fc.property(anyCase, ({ wish: { host, how, mode, limit }, cuts, message }) => {
        const bytes = concat(...divided(message, cuts).map(tlsRecord));
        const change: ModelChange = { stream: { mode }, tls: { recordReassembly: limit } };
        const decision = decide('tls.sni', how, change, [bytes]);
        const text = how === 'substring' ? NEEDLE : host;
        const inMessage = Buffer.from(message).indexOf(text);
        const headers = 5 * (1 + cuts.filter((cut) => cut <= inMessage).length);
        expect(decision?.matched).toMatchObject({ text, offset: inMessage + headers });
      }),
      { numRuns: 100 },
    );
  });

  test('of a ClientHello, behind the header of its record', () => {
    for (const recordReassembly of [0, 4096]) {
      const trigger = { observes: 'tls.client-hello' as const, matches: () => true };
      const engine = censor([{ name: 'hello', trigger, action: RESET }], {
        tls: { recordReassembly },
      });
      const message = clientHelloMessage({});
      const { decision } = interference(
        new Session(engine).handshake().send('client', tlsRecord(message)),
      );
      expect(decision.matched).toMatchObject({ offset: 5, length: message.length });
    }
  });

  test('of a name that is asked for, over UDP and over TCP', () => {
    fc.assert(
      fc.property(anyName, anyHow, (name, how) => {
        const message = dnsQuery(name);
        const text = how === 'substring' ? NEEDLE : name;
        const labels = text.split('.').map((one) => `${String.fromCharCode(one.length)}${one}`);
        const rule = ruleOf('dns.qname', how);
        const udp = new DatagramSession(censor([rule])).send('client', message);
        // A label's length stands before it, which tells it from the end of a longer one.
        const offset = Buffer.from(message).lastIndexOf(labels.join('')) + 1;
        expect(interference(udp).decision.matched).toMatchObject({
          text,
          offset,
          within: 'datagram',
        });
        const change: ModelChange = { dns: { tcp: true }, stream: { mode: 'in-order' } };
        const session = new Session(censor([rule], change), { server: { port: 53 } }).handshake();
        const other = dnsQuery('a.example');
        const framed = (m: Uint8Array): Uint8Array => concat(Uint8Array.of(0, m.length), m);
        session.send('client', framed(other));
        const tcp = interference(session.send('client', framed(message)));
        expect(tcp.decision.matched).toMatchObject({
          text,
          offset: 2 + other.length + 2 + offset,
          within: 'stream',
        });
      }),
      { numRuns: 40 },
    );
  });

  test('of a server_name in QUIC, in the stream of its CRYPTO frames', () => {
    const message = clientHelloMessage({ sni: `www.${NEEDLE}` });
    const datagram = clientDatagram({
      dcid: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      frames: cryptoFrames(message, 20, 70).toReversed(),
    });
    const session = new DatagramSession(censor([ruleOf('quic.sni', 'substring')]), {
      dstPort: 443,
    });
    const { decision } = interference(session.send('client', datagram));
    expect(decision.matched).toEqual({
      kind: 'quic.sni',
      text: NEEDLE,
      offset: Buffer.from(message).indexOf(NEEDLE),
      length: NEEDLE.length,
      within: 'stream',
    });
    expect(decision.view).toMatchObject({ readLength: message.length });
    expect(decision.view.read).toContain(NEEDLE);
  });
});

describe('a decision shows how the box came to it:', () => {
  const rule = nameRule('http.host', NEEDLE, RESET);
  const request = httpRequest({ host: NEEDLE, after: ['Accept: */*'] });
  const needleAt = Buffer.from(request).indexOf(NEEDLE);
  const cut = needleAt + 4;
  const read = printed(request).slice(0, needleAt + NEEDLE.length);

  test('the segment, where it reads segments', () => {
    const session = new Session(censor([rule])).handshake();
    session.send('client', httpRequest({ host: 'a.example' }));
    const { view } = interference(session.send('client', request)).decision;
    expect(view).toEqual({ read, readLength: request.length, ignored: [] });
  });

  test('what it had put together, where it reads streams', () => {
    const engine = censor([rule], { stream: { mode: 'in-order' } });
    const session = new Session(engine).handshake();
    session.send('client', httpRequest({ host: 'a.example' }));
    session.send('client', request.slice(0, cut));
    const { view } = interference(session.send('client', request.slice(cut))).decision;
    expect(view).toEqual({ read, readLength: request.length, ignored: [] });
  });

  test('the last of it up to the name, where that is long', () => {
    const long = httpRequest({ before: [`X: ${'x'.repeat(1000)}`], host: NEEDLE });
    const session = new Session(censor([rule])).handshake();
    const { view } = interference(session.send('client', long)).decision;
    const until = printed(long).indexOf(NEEDLE) + NEEDLE.length;
    const last = printed(long).slice(until - 256, until);
    expect(view).toMatchObject({ read: last, readLength: long.length });
  });

  test('and what it did not believe, which does not change later', () => {
    const onPath: ModelChange = { position: 'on-path', validate: { flags: 'require-ack' } };
    const session = new Session(censor([rule], onPath)).handshake();
    const unbelieved = (): Verdict =>
      session.send('client', 'decoy', { offset: 0, flags: 'P', taken: 0 });
    unbelieved();
    const { view } = interference(session.send('client', request, { offset: 0 })).decision;
    unbelieved();
    expect(view.ignored).toEqual([
      { direction: 'to-server', seq: session.seq('client', 0), length: 5, reason: 'no-ack-flag' },
    ]);
  });
});

/** What `matched` should be. */
function matched(kind: string, text: string, bytes: Uint8Array, mode: string) {
  const offset = Buffer.from(bytes).indexOf(text);
  const within = mode === 'packet' ? 'segment' : 'stream';
  return { kind, text, offset, length: text.length, within };
}

function ruleOf(kind: NameKind, how: 'exact' | (typeof HOW)[number]) {
  const list = how === 'regex' ? ['meydan\\.tv$'] : [NEEDLE];
  const trigger = names(kind, { names: list, how, normalise: PLAIN.host.normalise });
  return { name: kind, trigger, action: RESET };
}

function decide(
  kind: NameKind,
  how: Parameters<typeof ruleOf>[1],
  change: ModelChange,
  parts: readonly Uint8Array[],
): Decision | undefined {
  return firstDecision(new Session(censor([ruleOf(kind, how)], change)).handshake(), parts);
}

function firstDecision(session: Session, parts: readonly Uint8Array[]): Decision | undefined {
  for (const part of parts) {
    const verdict = session.send('client', part);
    if (verdict.kind === 'inject') return verdict.decision;
  }
  return undefined;
}

function divided(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  return [...cuts, bytes.length].map((end, i) => bytes.slice(cuts[i - 1] ?? 0, end));
}

function printed(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
}
