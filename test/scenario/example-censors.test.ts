import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { loadCensorFile } from '../../src/scenario/censor-file.ts';
import { policyOf } from '../../src/scenario/policy.ts';
import { udpFrame } from '../support/datagrams.ts';
import { concat, hex } from '../support/packets.ts';

const FILE = fileURLToPath(new URL('../../examples/quic-by-length.yaml', import.meta.url));
const CLIENT = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.80', dstPort: 443 };
const SERVER = { src: CLIENT.dst, srcPort: 443, dst: CLIENT.src, dstPort: 40_000 };

/** A datagram as long as this, whose bytes 1 to 4 are a version. */
function quic(length: number, version = hex`00 00 00 01`): Uint8Array {
  return concat(hex`c0`, version, new Uint8Array(length - 5));
}

describe('examples/quic-by-length.yaml', () => {
  const { rules, model } = loadCensorFile(FILE);
  const policy = policyOf(rules, model);
  const fates = (...sent: readonly Parameters<typeof udpFrame>[0][]): boolean[] => {
    const engine = new Engine({ policy });
    return sent.map((datagram) => {
      const frame = udpFrame(datagram);
      const verdict = engine.decide(frame, 0, frame.length, 0);
      return verdict.kind === 'accept';
    });
  };

  test.each([
    { name: '1,001 bytes of version 1', first: quic(1001), port: 443, passes: false },
    { name: '1,000 bytes', first: quic(1000), port: 443, passes: true },
    { name: 'version 2', first: quic(1200, hex`6b 33 43 cf`), port: 443, passes: true },
    { name: 'another port', first: quic(1200), port: 8443, passes: true },
  ])('a first datagram with $name: passes $passes', ({ first, port, passes }) => {
    expect(fates({ ...CLIENT, dstPort: port, payload: first })).toEqual([passes]);
  });

  test('the client is cut off, and the server is not', () => {
    const [again, answer] = [quic(100), quic(1200)];
    const all = [quic(1200), again].map((payload) => ({ ...CLIENT, payload }));
    expect(fates(...all, { ...SERVER, payload: answer })).toEqual([false, false, true]);
  });

  test('only the first datagram of a flow counts', () => {
    const all = [hex`00`, quic(1200)].map((payload) => ({ ...CLIENT, payload }));
    expect(fates(...all)).toEqual([true, true]);
  });
});
