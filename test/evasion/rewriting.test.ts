import { expect, test } from 'vitest';
import { findStrategy } from '../../src/evasion/find.ts';
import { randomFrom } from '../../src/evasion/random.ts';
import type { Rewriter } from '../../src/evasion/rewriter.ts';
import { Rewriting } from '../../src/evasion/rewriting.ts';
import { httpRequest, placed, tcpFrame } from '../support/packets.ts';

/* A host's packets, each connection by a rewriter of its own. */

const OWN = '10.0.0.1';
const SERVER = '198.18.0.80';

test('only the connection from the port that is named is rewritten', () => {
  const rewriting = new Rewriting((address) => address === OWN);
  rewriting.use(40_000, splitting());
  expect(kindsOf(rewriting, request(40_001))).toBe('accept');
  expect(kindsOf(rewriting, request(40_000))).toBe(2);
  expect(rewriting.forget(40_000)).toBe(1);
  expect(kindsOf(rewriting, request(40_000))).toBe('accept');
  expect(rewriting.forget(40_000)).toBe(0);
});

test('of others, each connection has its own', () => {
  const rewriting = new Rewriting((address) => address === OWN);
  rewriting.useForOthers(splitting);
  expect([40_000, 40_001].map((port) => kindsOf(rewriting, request(port)))).toEqual([2, 2]);
  expect(kindsOf(rewriting, request(40_000))).toBe('accept'); // once for each connection
  expect(rewriting.changed).toBe(2);
  rewriting.useForOthers(undefined);
  expect(kindsOf(rewriting, request(40_003))).toBe('accept');
});

test('what arrives goes through the rewriter for the host’s own port', () => {
  const rewriting = new Rewriting((address) => address === OWN);
  rewriting.use(40_000, rewriterOf('deaf-client'));
  const reset = { src: SERVER, dst: OWN, srcPort: 80, dstPort: 40_000, seq: 1, ack: 1, flags: 'R' };
  expect(kindsOf(rewriting, tcpFrame(reset))).toBe(0);
  expect(kindsOf(rewriting, tcpFrame({ ...reset, dstPort: 40_001 }))).toBe('accept');
});

test('a packet that is left as it was does not count as changed', () => {
  const rewriting = new Rewriting((address) => address === OWN);
  rewriting.use(40_000, rewriterOf('[TCP:flags:PA]-send-|'));
  expect(kindsOf(rewriting, request(40_000))).toBe('accept');
  expect(rewriting.forget(40_000)).toBe(0);
});

test('what is no TCP and no UDP goes on as it is', () => {
  const rewriting = new Rewriting((address) => address === OWN);
  rewriting.useForOthers(splitting);
  for (const bytes of [new Uint8Array(0), new Uint8Array(60), request(40_000).slice(0, 40)]) {
    expect(rewriting.decide(bytes, 0, bytes.length).kind).toBe('accept');
  }
});

function splitting(): Rewriter {
  return rewriterOf('split-in-name');
}

function rewriterOf(strategy: string): Rewriter {
  const facts = { name: 'blocked.test', dyingTtl: 2, random: randomFrom(1) };
  return findStrategy(strategy).rewriter?.(facts) as Rewriter;
}

function request(srcPort: number): Uint8Array {
  const payload = httpRequest({ host: 'blocked.test' });
  return tcpFrame({
    src: OWN,
    dst: SERVER,
    srcPort,
    dstPort: 80,
    seq: 1,
    ack: 1,
    flags: 'PA',
    payload,
  });
}

/** How many packets go in the place of a frame that lies in a ring, or that it is left. */
function kindsOf(rewriting: Rewriting, frame: Uint8Array): 'accept' | number {
  const { bytes, at, end } = placed(frame);
  const made = rewriting.decide(bytes, at, end);
  return made.kind === 'accept' ? 'accept' : made.packets.length;
}
