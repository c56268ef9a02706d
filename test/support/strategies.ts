import type { Sent } from './craft.ts';
import { clientHello, clientHelloMessage, concat, httpRequest, tlsRecord } from './packets.ts';

/** What a strategy works with. */
export interface Request {
  readonly bytes: Uint8Array;
  readonly message: Uint8Array;
  /** Inside the name. */
  readonly middle: number;
  readonly nameAt: number;
}

/** How a client says a request: `bytes` is what its program writes, `packets` what goes over the wire of it, and besides. */
export interface Sending {
  readonly bytes: Uint8Array;
  readonly packets: readonly Sent[];
}

/** A way around a box, as tools have it. Deterministic. */
export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly protocol: 'tls' | 'http';
  readonly port: number;
  readonly hasTimestamps: boolean;
  /** The client's host drops RSTs. */
  readonly dropsResets: boolean;
  /** How the name is written. */
  readonly spell: (name: string) => string;
  /** A payload on the SYN. */
  readonly synPayload: Uint8Array;
  readonly send: (request: Request) => Sending;
}

/** The request of a name, in the strategy's protocol and spelling. */
export function requestOf({ protocol, spell }: Strategy, name: string): Request {
  const spelt = spell(name);
  const message =
    protocol === 'tls' ? clientHelloMessage({ sni: spelt }) : httpRequest({ host: spelt });
  const bytes = protocol === 'tls' ? tlsRecord(message) : message;
  const nameAt = Buffer.from(bytes).indexOf(spelt);
  return { bytes, message, nameAt, middle: nameAt + Math.floor(spelt.length / 2) };
}

/** A name that nobody blocks, which only decoys have. */
export const DECOY_NAME = 'neutral.test';

/**
 * By the names of public tools: zapret, GoodbyeDPI, byedpi, Geneva, INTANG, SymTCP. Letters stand for families: A segmentation,
 * B decoys that the server refuses, C confusion about the session, D bytes that a parser cannot read, E the surface of HTTP.
 */
export const STRATEGIES = {
  plain: strategy('-', 'none'),

  // zapret multisplit, GoodbyeDPI -e, byedpi --split, Geneva fragment{tcp:…:True}
  splitInName: strategy('A1', 'split inside the name', {
    send: ({ bytes, middle }) => ({ bytes, packets: cut(bytes, middle) }),
  }),
  splitBefore: strategy('A2', 'split at byte 3', {
    send: ({ bytes }) => ({ bytes, packets: cut(bytes, 3) }),
  }),
  // zapret multidisorder, byedpi --disorder, GoodbyeDPI --reverse-frag, Geneva fragment{tcp:…:False}
  reversed: strategy('A4', 'split inside the name, second part first', {
    send: ({ bytes, middle }) => ({ bytes, packets: cut(bytes, middle).reverse() }),
  }),

  // zapret badsum, GoodbyeDPI --wrong-chksum, Geneva tamper{TCP:chksum:corrupt}
  decoyWithWrongChecksum: decoy('B1', 'decoy with a wrong checksum', { wrong: 'tcp-checksum' }),
  // zapret ttl and autottl, GoodbyeDPI --set-ttl, byedpi --ttl
  decoyThatDies: decoy('B2', 'decoy that dies before the server', { ttl: 3 }),
  decoyThatArrives: decoy('B2', 'decoy that does not', { ttl: 64 }),
  // zapret badseq, GoodbyeDPI --wrong-seq
  decoyBeforeTheStream: decoy('B3', 'decoy from 10,000 bytes before', { at: -10_000 }),
  // zapret badseq, the half of it that is about the acknowledgement; Geneva tamper{TCP:ack:corrupt}
  decoyWithOldAck: decoy('B4', 'decoy that acknowledges 66,000 bytes too few', { ackAt: -66_000 }),
  // zapret md5sig, INTANG
  decoyWithMd5: decoy('B5', 'decoy with an MD5 signature', { hasMd5: true }),
  // zapret ts
  decoyWithOldTimestamp: decoy('B6', 'decoy with an old timestamp', { timestampBy: -600_000 }),
  // zapret datanoack, SymTCP
  decoyWithoutAck: decoy('B7', 'decoy without the ACK flag', { flags: 'P' }),
  // zapret seqovl with multisplit
  overlapOnTheLeft: strategy('B13', 'split, the first part behind bytes left of the window', {
    send: ({ bytes, middle }) => {
      const [first, second] = cut(bytes, middle);
      const payload = concat(GARBAGE, bytes.slice(0, middle));
      return { bytes, packets: [{ ...first, at: -GARBAGE.length, payload }, second] };
    },
  }),
  // zapret seqovl with multidisorder
  overlapInside: strategy('B14', 'second part first, over the half of the name before it', {
    send: ({ bytes, middle, nameAt }) => {
      const [first, second] = cut(bytes, middle);
      const payload = concat(new Uint8Array(middle - nameAt), bytes.slice(middle));
      return { bytes, packets: [{ ...second, at: nameAt, payload }, first] };
    },
  }),

  // Geneva duplicate(,tamper{TCP:flags:replace:R}), zapret rst
  resetWithWrongChecksum: before('C1', 'RST with a wrong checksum', {
    flags: 'R',
    wrong: 'tcp-checksum',
  }),
  resetThatDies: before('C1', 'RST that dies before the server', { flags: 'R', ttl: 3 }),
  // INTANG, multiple SYN
  secondSyn: before('C4', 'second SYN with another number and a wrong checksum', {
    at: 0x4000_0000,
    flags: 'S',
    wrong: 'tcp-checksum',
  }),
  // zapret syndata, Geneva tamper{TCP:load} on S
  payloadOnSyn: strategy('C6', 'payload on the SYN', { synPayload: new Uint8Array(16) }),
  otherPort: strategy('C12', 'another port', { port: 8443 }),
  // what zapret calls an iptables rule against RSTs, and Clayton et al. did in 2006
  deafClient: strategy('C13', 'client that drops RSTs', { dropsResets: true }),

  // zapret tlsrec, DPYProxy
  recordsInName: strategy('D1', 'two TLS records, cut inside the name', {
    send: ({ message, middle }) => whole(records(message, middle - RECORD_HEADER)),
  }),
  recordsBefore: strategy('D2', 'two TLS records, cut before the name', {
    send: ({ message }) => whole(records(message, 5)),
  }),
  // byedpi --oob
  urgentByte: strategy('D5', 'urgent byte inside the name', {
    send: ({ bytes, middle }) => {
      const said = concat(bytes.slice(0, middle), Uint8Array.of(0x61), bytes.slice(middle));
      const [first, second] = cut(said, middle + 1);
      const packets = [{ ...first, flags: 'PAU', urgentPointer: middle + 1 }, second];
      return { bytes: said, packets };
    },
  }),
  capitals: strategy('D7', 'name in capitals', { spell: (name) => name.toUpperCase() }),

  // zapret hostdot
  trailingDot: strategy('E4', 'name with a trailing dot', {
    protocol: 'http',
    spell: (name) => `${name}.`,
  }),
} as const satisfies Readonly<Record<string, Strategy>>;

/** Plain but for what is said. */
function strategy(
  id: string,
  name: string,
  different: Partial<Omit<Strategy, 'id' | 'name'>> = {},
): Strategy {
  const plain = {
    protocol: 'tls' as const,
    port: 443,
    hasTimestamps: false,
    dropsResets: false,
    spell: (spelt: string) => spelt,
    synPayload: new Uint8Array(0),
    send: ({ bytes }: Request) => whole(bytes),
  };
  return { id, name, ...plain, ...different };
}

/** Something goes before the request, which follows as it is. */
function before(id: string, name: string, first: Partial<Sent>): Strategy {
  return strategy(id, name, {
    send: ({ bytes }) => ({ bytes, packets: [{ at: 0, ...first }, ...whole(bytes).packets] }),
  });
}

/** The request for another name goes first, in a packet that the server should refuse. */
function decoy(id: string, name: string, trick: Partial<Sent>): Strategy {
  const payload = clientHello({ sni: DECOY_NAME });
  return { ...before(id, name, { payload, ...trick }), hasTimestamps: 'timestampBy' in trick };
}

function whole(bytes: Uint8Array): Sending {
  return { bytes, packets: [{ at: 0, payload: bytes }] };
}

function cut(bytes: Uint8Array, at: number): [Sent, Sent] {
  return [
    { at: 0, payload: bytes.slice(0, at) },
    { at, payload: bytes.slice(at) },
  ];
}

function records(message: Uint8Array, at: number): Uint8Array {
  return concat(tlsRecord(message.slice(0, at)), tlsRecord(message.slice(at)));
}

const RECORD_HEADER = 5;
const GARBAGE = new Uint8Array(5);
