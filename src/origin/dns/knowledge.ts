import { closestTo, isWithin } from '../../base/domain.ts';
import type { ResourceRecord } from './encode.ts';

/** What a resolver tells whoever asks. Names are in lower case, without a dot at the end. */
export interface Knowledge {
  /** The truth. */
  readonly zones: readonly Zone[];
  /** Zones of its own, which it believes rather than the truth. */
  readonly held?: readonly HeldZone[];
  /** What it says instead of either; the first that fits. */
  readonly lies?: readonly Lie[];
}

/** A domain; it and every name below it have these addresses. */
export interface Zone {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6?: string | undefined;
}

/** A zone that the resolver answers for itself, whoever it belongs to. */
export interface HeldZone {
  readonly name: string;
  readonly soa: Extract<ResourceRecord, { type: 'SOA' }>;
  readonly records: readonly ResourceRecord[];
  /** Whether anybody may fetch it whole. */
  readonly isOpen: boolean;
  readonly during: Span | undefined;
}

export interface Lie {
  readonly names: readonly string[];
  /** Not these, nor what is below them. */
  readonly except: readonly string[];
  /** Of the names alone, not of what is below them. */
  readonly isExact: boolean;
  readonly during: Span | undefined;
  readonly answer:
    | { readonly kind: 'nxdomain' | 'refused' | 'servfail' | 'empty' }
    | { readonly kind: 'forged'; readonly addresses: readonly string[]; readonly ttl: number };
}

/** From one moment up to another, in ms as `Date.now()` counts. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Asked {
  /** As the client spelled it. */
  readonly name: string;
  /** As dns-packet calls it. */
  readonly type: string;
}

export interface Told {
  readonly rcode: 'noerror' | 'formerr' | 'servfail' | 'nxdomain' | 'refused';
  readonly isAuthoritative: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
}

/** What the resolver says at this moment of its calendar. */
export function tell(asked: Asked, knowledge: Knowledge, now: number): Told {
  const name = asked.name.toLowerCase();
  const lie = lieFor(name, knowledge, now);
  if (lie !== undefined) return lieAbout(asked, lie);
  const present = knowledge.held?.filter(({ during }) => isNow(during, now)) ?? [];
  const held = closestTo(name, present);
  if (held !== undefined) return tellHeld(asked, name, held);
  return tellTruth(asked, name, knowledge.zones);
}

function lieFor(name: string, { lies }: Knowledge, now: number): Lie | undefined {
  return lies?.find((one) => isAbout(one, name) && isNow(one.during, now));
}

/** A request for a zone: for all of it (AXFR), or for what is newer than `since` (IXFR). */
export interface AskedZone extends Asked {
  readonly over: 'udp' | 'tcp';
  /** The serial of the version that the client has. */
  readonly since: number | undefined;
}

/**
 * A whole zone as it is transferred (RFC 5936 §2.2), or a refusal. IXFR is answered as BIND does without a journal: with the whole
 * zone (RFC 1995 §4); over UDP, or if the client's version is no older, with the SOA record alone (§2).
 */
export function transfer(asked: AskedZone, knowledge: Knowledge, now: number): Told {
  const { type, over, since } = asked;
  const name = asked.name.toLowerCase();
  const lie = lieFor(name, knowledge, now);
  if (lie !== undefined) return lieAbout(asked, lie);
  const zone = knowledge.held?.find((one) => one.name === name && isNow(one.during, now));
  if (zone === undefined || !zone.isOpen) return { ...NOTHING, rcode: 'refused' };
  const { soa, records } = zone;
  const whole = { ...NOTHING, isAuthoritative: true, answers: [soa, ...records, soa] };
  if (type === 'AXFR') return whole;
  if (since === undefined) return { ...NOTHING, rcode: 'formerr' };
  const isShort = over === 'udp' || !isOlder(since, soa.data.serial);
  return isShort ? { ...whole, answers: [soa] } : whole;
}

/** Serials go round after 2^32 - 1 (RFC 1982 §3.2). */
function isOlder(one: number, other: number): boolean {
  return ((other - one) | 0) > 0;
}

function lieAbout(asked: Asked, { answer }: Lie): Told {
  if (answer.kind === 'empty') return NOTHING;
  if (answer.kind !== 'forged') return { ...NOTHING, rcode: answer.kind };
  const { addresses, ttl } = answer;
  const records = addresses.map((data) => addressRecord(asked.name, data, ttl));
  return { ...NOTHING, answers: records.filter(({ type }) => isOfType(type, asked)) };
}

/** As RFC 1034 §4.3.2 has it for a zone without delegations, aliases and wildcards. */
function tellHeld(asked: Asked, name: string, { soa, records }: HeldZone): Told {
  const all = [soa, ...records];
  const answers = all.filter((record) => record.name === name && isOfType(record.type, asked));
  if (answers.length > 0) return { ...NOTHING, isAuthoritative: true, answers };
  const exists = all.some((record) => isWithin(record.name, name));
  // RFC 2308 §3: how long this may be believed.
  const authorities = [{ ...soa, ttl: Math.min(soa.ttl, soa.data.minimum) }];
  const rcode = exists ? 'noerror' : 'nxdomain';
  return { ...NOTHING, isAuthoritative: true, rcode, authorities };
}

/** Names of no zone do not exist, unless a zone is below them (RFC 8020 §2). */
function tellTruth(asked: Asked, name: string, zones: readonly Zone[]): Told {
  const zone = closestTo(name, zones);
  if (zone === undefined) {
    const exists = name === '' || zones.some((one) => isWithin(one.name, name));
    return exists ? NOTHING : { ...NOTHING, rcode: 'nxdomain' };
  }
  const addresses = [zone.ipv4, ...(zone.ipv6 === undefined ? [] : [zone.ipv6])];
  const records = addresses.map((data) => addressRecord(asked.name, data, TTL));
  return { ...NOTHING, answers: records.filter(({ type }) => isOfType(type, asked)) };
}

function addressRecord(name: string, data: string, ttl: number): ResourceRecord {
  return { type: data.includes(':') ? 'AAAA' : 'A', name, ttl, data };
}

function isOfType(type: string, asked: Asked): boolean {
  return asked.type === type || asked.type === 'ANY';
}

function isAbout({ names, except, isExact }: Lie, name: string): boolean {
  const isMeant = names.some((one) => (isExact ? name === one : isWithin(name, one)));
  return isMeant && !except.some((one) => isWithin(name, one));
}

function isNow(span: Span | undefined, now: number): boolean {
  return span === undefined || (now >= span.from && now < span.to);
}

const NOTHING: Told = { rcode: 'noerror', isAuthoritative: false, answers: [], authorities: [] };
/** Of the truth. */
const TTL = 60;
