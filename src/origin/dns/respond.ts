import { type Answer, decode, type OptAnswer } from 'dns-packet';
import { DnsName } from '../../wire/dns/name.ts';
import {
  FLAG_AUTHORITATIVE,
  FLAG_RECURSION_AVAILABLE,
  FLAG_RECURSION_DESIRED,
  FLAG_RESPONSE,
  HEADER_LENGTH,
  OPCODE_MASK,
} from '../../wire/dns/numbers.ts';
import type { Cookies } from './cookies.ts';
import { type Edns, encodeResponse, type Response } from './encode.ts';
import { type Knowledge, tell, transfer } from './knowledge.ts';

/** How and when a query came. */
export interface Arrival {
  readonly over: 'udp' | 'tcp';
  readonly client: string;
  /** In ms, of the calendar that the resolver goes by. */
  readonly now: number;
}

/**
 * The response to a query, whatever its bytes; nothing to what is not DNS, or a response: two servers would answer each
 * other for ever. Over UDP it fits what the client can take, or says that it does not.
 */
export function respond(
  query: Buffer,
  arrival: Arrival,
  knowledge: Knowledge,
  cookies: Cookies,
): Buffer | undefined {
  if (query.length < HEADER_LENGTH || (query.readUInt16BE(2) & FLAG_RESPONSE) !== 0) {
    return undefined;
  }
  const read = readQuery(query, arrival, cookies);
  const { edns, question } = read;
  const base = { id: query.readUInt16BE(0), question, edns, answers: [], authorities: [] };
  const echoed = query.readUInt16BE(2) & (OPCODE_MASK | FLAG_RECURSION_DESIRED);
  const flags = FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | echoed;
  if (read.error !== undefined || question === undefined) {
    return encodeResponse({ ...base, flags: flags | (read.error ?? RCODES.formerr) });
  }
  if (question.type === 'AXFR' && arrival.over === 'udp') {
    return encodeResponse({ ...base, flags: flags | RCODES.formerr }); // RFC 5936 §4.2
  }
  const { over, now } = arrival;
  const told = TRANSFERS.has(question.type)
    ? transfer({ ...question, over }, knowledge, now)
    : tell(question, knowledge, now);
  const authority = told.isAuthoritative ? FLAG_AUTHORITATIVE : 0;
  const { answers, authorities } = told;
  const whole = { ...base, answers, authorities, flags: flags | authority | RCODES[told.rcode] };
  return fitted(whole, arrival.over === 'tcp' ? LONGEST : read.udpLimit);
}

/** Without its records, and truncated, if it is longer than that. */
function fitted(response: Response, limit: number): Buffer {
  const bytes = encodeResponse(response);
  if (bytes.length <= limit) return bytes;
  const flags = response.flags | FLAG_TRUNCATED;
  return encodeResponse({ ...response, flags, answers: [], authorities: [] });
}

interface QueryReading {
  /** The rcode to answer with, if the query cannot be answered. */
  readonly error: number | undefined;
  readonly question:
    | {
        readonly bytes: Uint8Array;
        readonly name: string;
        readonly type: string;
        /** The serial of the zone's SOA record that came with it, as in IXFR (RFC 1995 §3). */
        readonly since: number | undefined;
      }
    | undefined;
  readonly edns: Edns | undefined;
  readonly udpLimit: number;
}

function readQuery(query: Buffer, arrival: Arrival, cookies: Cookies): QueryReading {
  const nothing = { question: undefined, edns: undefined, udpLimit: LEAST_PAYLOAD };
  const packet = decoded(query);
  if (packet === undefined) return { ...nothing, error: RCODES.formerr };
  const { questions = [], authorities = [], additionals = [] } = packet;
  const [opt, ...more] = additionals.filter((record) => record.type === 'OPT');
  const [asked, ...others] = questions;
  const bytes = asked && rawQuestion(query);
  const question = bytes && {
    ...bytes,
    type: asked.type,
    since: serialOf(authorities, bytes.name),
  };
  const { edns, error } = answerToEdns(opt, arrival, cookies);
  const udpLimit = Math.min(Math.max(opt?.udpPayloadSize ?? 0, LEAST_PAYLOAD), PAYLOAD);
  const reading = { question, edns, udpLimit };
  if (error !== undefined || more.length > 0) return { ...reading, error: error ?? RCODES.formerr };
  if ((query.readUInt16BE(2) & OPCODE_MASK) !== 0) return { ...reading, error: RCODES.notimp };
  if (question === undefined || others.length > 0) return { ...reading, error: RCODES.formerr };
  const isKnownClass = asked?.class === 'IN' || asked?.class === 'ANY';
  return { ...reading, error: isKnownClass ? undefined : RCODES.refused };
}

function serialOf(records: readonly Answer[], zone: string): number | undefined {
  const soa = records.find(
    (record) => record.type === 'SOA' && record.name.toLowerCase() === zone.toLowerCase(),
  );
  return soa?.type === 'SOA' ? soa.data.serial : undefined;
}

function decoded(query: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(query);
  } catch {
    return undefined; // dns-packet throws for whatever is not as it should be
  }
}

/** The only question, which is echoed as it came; undefined if its name is not written out. */
function rawQuestion(query: Buffer): { bytes: Uint8Array; name: string } | undefined {
  const name = new DnsName();
  const typeAt = name.read(query, 0, HEADER_LENGTH, query.length);
  const writtenOut = HEADER_LENGTH + (name.end === 0 ? 1 : name.end + 2);
  if (typeAt !== writtenOut) return undefined;
  const text = Buffer.from(name.bytes.subarray(0, name.end)).toString('latin1');
  return { bytes: query.subarray(HEADER_LENGTH, typeAt + 4), name: text };
}

/** An OPT record is answered with one (RFC 6891 §6.1.1), and a COOKIE in it with another (RFC 7873 §5.2). */
function answerToEdns(
  opt: OptAnswer | undefined,
  { client, now }: Arrival,
  cookies: Cookies,
): { readonly edns: Edns | undefined; readonly error: number | undefined } {
  if (opt === undefined) return { edns: undefined, error: undefined };
  const flags = opt.flag_do ? DNSSEC_OK : 0;
  const edns: Edns = { payloadSize: PAYLOAD, extendedRcode: 0, flags, cookie: undefined };
  if (opt.ednsVersion > 0) return { edns: { ...edns, extendedRcode: BADVERS >> 4 }, error: 0 };
  const options: readonly { code: number; data?: Uint8Array | undefined }[] = opt.options;
  const asked = options.find(({ code }) => code === OPTION_COOKIE)?.data;
  if (asked === undefined) return { edns, error: undefined };
  const cookie = cookies.answerTo(asked, client, now);
  return { edns: { ...edns, cookie }, error: cookie === undefined ? RCODES.formerr : undefined };
}

const TRANSFERS: ReadonlySet<string> = new Set(['AXFR', 'IXFR']);
const FLAG_TRUNCATED = 0x0200;
const DNSSEC_OK = 0x8000;
const OPTION_COOKIE = 10;
const RCODES = { noerror: 0, formerr: 1, servfail: 2, nxdomain: 3, notimp: 4, refused: 5 } as const;
/** Its upper eight bits are in the OPT record. */
const BADVERS = 16;
/** Of a client without EDNS (RFC 1035 §4.2.1), or one that says it takes less (RFC 6891 §6.2.5). */
const LEAST_PAYLOAD = 512;
/** What passes everywhere in one piece (DNS Flag Day 2020), as servers have it by default. */
const PAYLOAD = 1232;
const LONGEST = 65_535;
