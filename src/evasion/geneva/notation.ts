/*
 * Strategies as Geneva writes them (Bock et al., CCS 2019; the "DNA" of github.com/Kkevsterrr/geneva):
 *
 *   [TCP:flags:PA]-duplicate(tamper{TCP:chksum:corrupt},)-| \/ [TCP:flags:R]-drop-|
 *
 * trees for packets that leave, then `\/` and trees for those that arrive. A tree has a trigger and an action, whose packets go
 * on to at most two others.
 */

/** A value; what it remembers of packets is in the `GenevaRun` that applies it. */
export interface GenevaStrategy {
  readonly out: readonly ActionTree[];
  readonly in: readonly ActionTree[];
}

export interface ActionTree {
  readonly trigger: Trigger;
  /** Without one, packets are sent as they are. */
  readonly action: Action | undefined;
}

export interface Trigger {
  readonly field: FieldName;
  /** As it was written; a star at its end stands for anything around it. */
  readonly value: string;
  /** How many packets may set it off; below zero, how many are let pass before. */
  readonly gas: number | undefined;
}

export interface FieldName {
  readonly protocol: Protocol;
  readonly name: string;
}

export type Action = Drop | Send | Sleep | Duplicate | Fragment | Tamper;

interface Drop {
  readonly do: 'drop';
}

interface Send {
  readonly do: 'send';
}

interface Sleep {
  readonly do: 'sleep';
  readonly seconds: number;
  readonly next: Action | undefined;
}

interface Duplicate {
  readonly do: 'duplicate';
  readonly first: Action | undefined;
  readonly second: Action | undefined;
}

export interface Fragment {
  readonly do: 'fragment';
  readonly layer: 'tcp' | 'ip';
  /** Bytes of a segment, or units of eight of an IP packet, in the first part; -1 for half of it. */
  readonly size: number;
  /** The first part leaves first. */
  readonly inOrder: boolean;
  /** Bytes of the second segment that the first has as well; of IP fragments it is kept, and means nothing. */
  readonly overlap: number;
  readonly first: Action | undefined;
  readonly second: Action | undefined;
}

export interface Tamper {
  readonly do: 'tamper';
  readonly field: FieldName;
  readonly how: 'replace' | 'corrupt' | 'add' | 'compress';
  /** Of `replace` and `add`, as it was written. */
  readonly value: string | undefined;
  readonly next: Action | undefined;
}

export type Protocol = keyof typeof FIELDS;

/** What a field holds, which says how its values are written. */
export type FieldKind =
  | { readonly is: 'number'; readonly bits: number }
  | { readonly is: 'tcp-flags' | 'ip-flags' | 'address' | 'bytes' | 'name' | 'question' }
  | { readonly is: 'option'; readonly kind: number; readonly length: number | undefined };

const number = (bits: number): FieldKind => ({ is: 'number', bits });
/** Without a length, its value is written in hexadecimal. */
const option = (kind: number, length?: number): FieldKind => ({ is: 'option', kind, length });

/** By the names that Geneva has for them. */
export const FIELDS = {
  IP: {
    version: number(4),
    ihl: number(4),
    tos: number(8),
    len: number(16),
    id: number(16),
    flags: { is: 'ip-flags' },
    frag: number(13),
    ttl: number(8),
    proto: number(8),
    chksum: number(16),
    src: { is: 'address' },
    dst: { is: 'address' },
    load: { is: 'bytes' },
  },
  TCP: {
    sport: number(16),
    dport: number(16),
    seq: number(32),
    ack: number(32),
    dataofs: number(4),
    reserved: number(3),
    flags: { is: 'tcp-flags' },
    window: number(16),
    chksum: number(16),
    urgptr: number(16),
    load: { is: 'bytes' },
    'options-eol': option(0),
    'options-nop': option(1),
    'options-mss': option(2, 2),
    'options-wscale': option(3, 1),
    'options-sackok': option(4),
    'options-sack': option(5),
    'options-timestamp': option(8, 8),
    'options-altchksum': option(14, 3),
    'options-altchksumopt': option(15),
    'options-md5header': option(19),
    'options-uto': option(28, 2),
  },
  UDP: {
    sport: number(16),
    dport: number(16),
    len: number(16),
    chksum: number(16),
    load: { is: 'bytes' },
  },
  DNS: {
    id: number(16),
    qr: number(1),
    opcode: number(4),
    aa: number(1),
    tc: number(1),
    rd: number(1),
    ra: number(1),
    z: number(1),
    ad: number(1),
    cd: number(1),
    rcode: number(4),
    qdcount: number(16),
    ancount: number(16),
    nscount: number(16),
    arcount: number(16),
    qd: { is: 'question' },
  },
  DNSQR: {
    qname: { is: 'name' },
    qtype: number(16),
    qclass: number(16),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;

export function kindOf({ protocol, name }: FieldName): FieldKind | undefined {
  return (FIELDS[protocol] as Readonly<Record<string, FieldKind>>)[name];
}

/** As scapy writes the flags of TCP, from the lowest bit on. */
export const TCP_FLAGS = 'FSRPAUECN';
/** And those of IP, `+` joined. */
export const IP_FLAGS = ['MF', 'DF', 'evil'] as const;
