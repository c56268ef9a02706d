import { putU16, u8, u16 } from '../../base/bytes.ts';
import { concat, type Packet } from '../packet.ts';

/** A datagram that goes to or comes from port 53, with a DNS header and one question, not compressed. */
export function isDns({ udp, payload }: Pick<Packet, 'udp' | 'tcp' | 'payload'>): boolean {
  if (udp === undefined || (udp.srcPort !== DNS_PORT && udp.dstPort !== DNS_PORT)) return false;
  return questionOf(payload) !== undefined;
}

export function getDnsField({ payload }: Packet, name: string): string {
  const question = questionOf(payload);
  if (question === undefined) return '';
  const { labels, end } = question;
  switch (name) {
    case 'qname':
      return `${labels.join('.')}.`;
    case 'qtype':
      return String(u16(payload, end));
    case 'qclass':
      return String(u16(payload, end + 2));
    default: {
      const place = HEADER[name];
      if (place === undefined) return '';
      return String((u16(payload, place.at) >>> place.shift) & (2 ** place.bits - 1));
    }
  }
}

export function setDnsField(packet: Packet, name: string, value: string): void {
  const question = questionOf(packet.payload);
  if (question === undefined) return;
  const payload = packet.payload.slice();
  const { end } = question;
  const place = HEADER[name];
  if (name === 'qname') {
    packet.payload = concat(
      payload.subarray(0, HEADER_LENGTH),
      nameOf(value),
      payload.subarray(end),
    );
    setLengths(packet);
    return;
  }
  if (name === 'qtype') putU16(payload, end, Number(value));
  if (name === 'qclass') putU16(payload, end + 2, Number(value));
  if (place !== undefined) {
    const mask = 2 ** place.bits - 1;
    const rest = u16(payload, place.at) & ~(mask << place.shift);
    putU16(payload, place.at, rest | ((Number(value) & mask) << place.shift));
  }
  packet.payload = payload;
}

/**
 * The question in two, as Geneva's `compress` has it: the first asks for the first label, behind which a pointer leads to the
 * rest of the name, which is the second question's.
 */
export function compressQuestion(packet: Packet): void {
  const { payload } = packet;
  const question = questionOf(payload);
  if (question === undefined || question.labels.length < 2) return;
  const [first = '', ...rest] = question.labels;
  const asked = payload.subarray(question.end, question.end + 4);
  const own = label(first);
  const pointer = new Uint8Array(2);
  putU16(pointer, 0, 0xc000 | (HEADER_LENGTH + own.length + 2 + asked.length));
  const header = payload.slice(0, HEADER_LENGTH);
  putU16(header, 4, 2);
  const others = payload.subarray(question.end + 4);
  packet.payload = concat(header, own, pointer, asked, nameOf(rest.join('.')), asked, others);
  setLengths(packet);
}

function setLengths({ ip, udp }: Packet): void {
  ip.totalLength = undefined;
  if (udp !== undefined) udp.length = undefined;
}

/** The first question's labels, and one past its name. */
function questionOf(
  payload: Uint8Array,
): { readonly labels: readonly string[]; readonly end: number } | undefined {
  if (payload.length < HEADER_LENGTH || u16(payload, 4) === 0) return undefined;
  const labels: string[] = [];
  for (let at = HEADER_LENGTH; at < payload.length; ) {
    const length = u8(payload, at);
    if (length > 63 || at + 1 + length > payload.length) return undefined;
    if (length === 0) return at + 5 <= payload.length ? { labels, end: at + 1 } : undefined;
    labels.push(Buffer.from(payload.subarray(at + 1, at + 1 + length)).toString('latin1'));
    at += 1 + length;
  }
  return undefined;
}

function nameOf(name: string): Uint8Array {
  const labels = name.split('.').filter((one) => one !== '');
  return concat(...labels.map(label), Uint8Array.of(0));
}

function label(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'latin1').subarray(0, 63);
  return concat(Uint8Array.of(bytes.length), bytes);
}

/** RFC 1035 §4.1.1, RFC 4035 §3.2; of each, the 16 bits it lies in. */
const HEADER: Readonly<Record<string, { at: number; shift: number; bits: number }>> = {
  id: { at: 0, shift: 0, bits: 16 },
  qr: { at: 2, shift: 15, bits: 1 },
  opcode: { at: 2, shift: 11, bits: 4 },
  aa: { at: 2, shift: 10, bits: 1 },
  tc: { at: 2, shift: 9, bits: 1 },
  rd: { at: 2, shift: 8, bits: 1 },
  ra: { at: 2, shift: 7, bits: 1 },
  z: { at: 2, shift: 6, bits: 1 },
  ad: { at: 2, shift: 5, bits: 1 },
  cd: { at: 2, shift: 4, bits: 1 },
  rcode: { at: 2, shift: 0, bits: 4 },
  qdcount: { at: 4, shift: 0, bits: 16 },
  ancount: { at: 6, shift: 0, bits: 16 },
  nscount: { at: 8, shift: 0, bits: 16 },
  arcount: { at: 10, shift: 0, bits: 16 },
};
const HEADER_LENGTH = 12;
const DNS_PORT = 53;
