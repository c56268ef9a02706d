import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveInitialKeys } from '../../../src/wire/quic/initial-keys.ts';
import { hex } from '../../support/packets.ts';
import { initialKeys, QUIC_V1, QUIC_V2 } from '../../support/quic.ts';
import { DCID } from '../../support/quic-vectors.ts';

test.each([
  {
    name: "RFC 9001 §A.1: the client's",
    keys: deriveInitialKeys(QUIC_V1, DCID, 'client'),
    key: hex`1f369613dd76d5467730efcbe3b1a22d`,
    iv: hex`fa044b2f42a3fd3b46fb255c`,
    hp: hex`9f50449e04a0e810283a1e9933adedd2`,
  },
  {
    name: "RFC 9001 §A.1: the server's",
    keys: deriveInitialKeys(QUIC_V1, DCID, 'server'),
    key: hex`cf3a5331653c364c88f0f379b6067e37`,
    iv: hex`0ac1493ca1905853b0bba03e`,
    hp: hex`c206b8d9b9f0f37644430b490eeaa314`,
  },
  {
    name: "RFC 9369 §A.1: the client's",
    keys: deriveInitialKeys(QUIC_V2, DCID, 'client'),
    key: hex`8b1a0bc121284290a29e0971b5cd045d`,
    iv: hex`91f73e2351d8fa91660e909f`,
    hp: hex`45b95e15235d6f45a6b19cbcb0294ba9`,
  },
  {
    name: "RFC 9369 §A.1: the server's",
    keys: deriveInitialKeys(QUIC_V2, DCID, 'server'),
    key: hex`82db637861d55e1d011f19ea71d5d2a7`,
    iv: hex`dd13c276499c0249d3310652`,
    hp: hex`edf6d05c83121201b436e16877593c3a`,
  },
])('$name keys are derived', ({ keys, key, iv, hp }) => {
  expect(keys).toEqual({ key, iv, hp });
});

test('keys are those of OpenSSL, whatever the connection ID', () => {
  const anySide = fc.constantFrom('client' as const, 'server' as const);
  const anyVersion = fc.constantFrom(QUIC_V1, QUIC_V2);
  fc.assert(
    fc.property(anyVersion, fc.uint8Array({ maxLength: 20 }), anySide, (version, dcid, from) => {
      expect(deriveInitialKeys(version, dcid, from)).toEqual(initialKeys(version, dcid, from));
    }),
  );
});
