import { describe, expect, test } from 'vitest';
import { tupleHash } from '../../src/flow/tuple-hash.ts';

const SERVER = 0x0a00_0001;
const FLOWS = 4096;

describe.each([0, 1, 0x5eed])('with the salt %i', (salt) => {
  const hashOf = (client: number, clientPort: number, serverPort = 443): number =>
    tupleHash(keyOf([client, clientPort], [SERVER, serverPort]), salt);

  test('both directions of a flow have the same hash', () => {
    for (let port = 1; port < 100; port++) {
      const key = keyOf([SERVER, port], [SERVER + port, 443]);
      const swapped = keyOf([SERVER + port, 443], [SERVER, port]);
      expect(tupleHash(swapped, salt)).toBe(tupleHash(key, salt));
    }
  });

  test.each([
    { name: 'of one client', hash: (i: number) => hashOf(0x0a00_0002, 1024 + i) },
    { name: 'of many clients', hash: (i: number) => hashOf(0x0b00_0000 + i, 1024) },
    // Differences that cancel out where address and port are only folded together.
    { name: 'whose address and port differ alike', hash: (i: number) => hashOf(i, i) },
    { name: 'whose address and port differ by halves', hash: (i: number) => hashOf(i << 16, i) },
    { name: 'whose ports differ alike', hash: (i: number) => hashOf(SERVER, i, i) },
  ])('no bucket has many of the flows $name', ({ hash }) => {
    const counts = new Uint16Array(FLOWS);
    for (let i = 0; i < FLOWS; i++) {
      const bucket = hash(i) & (FLOWS - 1);
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    expect(Math.max(...counts)).toBeLessThan(16); // random numbers hardly ever have: less than 1 in 10^9
  });
});

test('flows that were chosen to lie in one bucket do so under one salt alone', () => {
  const buckets = 1 << 12;
  const bucketOf = (client: number, salt: number): number =>
    tupleHash(keyOf([client, 1024], [SERVER, 443]), salt) & (buckets - 1);
  const chosen: number[] = [];
  for (let client = 1; chosen.length < 200; client++) {
    if (bucketOf(client, 0) === 0) chosen.push(client);
  }
  for (const salt of [1, 0x5eed, 0xffff_ffff]) {
    expect(new Set(chosen.map((client) => bucketOf(client, salt))).size).toBeGreaterThan(150);
  }
});

function keyOf(
  [src, srcPort]: readonly [number, number],
  [dst, dstPort]: readonly [number, number],
): Int32Array {
  return Int32Array.of(src, 0, 0, 0, dst, 0, 0, 0, (srcPort << 16) | dstPort);
}
