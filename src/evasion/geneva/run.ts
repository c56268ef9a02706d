import type { Millis } from '../../base/units.ts';
import { copyPacket, type Packet, rightTcpChecksum, transportOf } from '../packet.ts';
import type { Random } from '../random.ts';
import type { Outgoing, Rewriter } from '../rewriter.ts';
import { compressQuestion } from './dns-fields.ts';
import { getField, hasProtocol, lettersOf, setField } from './fields.ts';
import {
  type Action,
  type ActionTree,
  type Fragment,
  type GenevaStrategy,
  IP_FLAGS,
  kindOf,
  type Tamper,
  TCP_FLAGS,
  type Trigger,
} from './notation.ts';

/** Does to the packets of one connection what a strategy says; `random` decides what `corrupt` makes of a field. */
export function rewriterOf(strategy: GenevaStrategy, random: Random): Rewriter {
  const out = new Forest(strategy.out, random);
  const inbound = new Forest(strategy.in, random);
  return {
    out: (packet) => out.take(packet),
    in: strategy.in.length === 0 ? undefined : (packet) => inbound.take(packet),
  };
}

/** Every tree that a packet sets off makes packets of a copy of its own. */
class Forest {
  readonly #trees: readonly { readonly tree: ActionTree; readonly gas: Gas }[];
  readonly #random: Random;

  constructor(trees: readonly ActionTree[], random: Random) {
    this.#trees = trees.map((tree) => ({ tree, gas: new Gas(tree.trigger) }));
    this.#random = random;
  }

  take(packet: Packet): Outgoing[] | undefined {
    const set = this.#trees.filter(
      ({ tree, gas }) => isSetOff(tree.trigger, packet) && gas.spend(),
    );
    if (set.length === 0) return undefined;
    return set.flatMap(({ tree }) => carryOut(tree.action, copyPacket(packet), 0, this.#random));
  }
}

/** How often a trigger may still be set off; a negative number counts those that pass before it is. */
class Gas {
  #left: number | undefined;

  constructor({ gas }: Trigger) {
    this.#left = gas;
  }

  spend(): boolean {
    if (this.#left === undefined) return true;
    if (this.#left < 0) {
      this.#left++;
      if (this.#left === 0) this.#left = undefined;
      return false;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}

function isSetOff({ field, value }: Trigger, packet: Packet): boolean {
  if (!hasProtocol(packet, field)) return false;
  const found = getField(packet, field);
  if (value.endsWith('*')) return found.includes(value.slice(0, -1));
  const isNumber = kindOf(field)?.is === 'number';
  return isNumber ? found !== '' && Number(found) === Number(value) : found === value;
}

function carryOut(
  action: Action | undefined,
  packet: Packet,
  delay: Millis,
  random: Random,
): Outgoing[] {
  const on = (next: Action | undefined, made: Packet, later = delay): Outgoing[] =>
    carryOut(next, made, later, random);
  if (action === undefined) return [{ packet, delay }];
  switch (action.do) {
    case 'send':
      return [{ packet, delay }];
    case 'drop':
      return [];
    case 'sleep':
      return on(action.next, packet, delay + 1000 * action.seconds);
    case 'duplicate': {
      const other = copyPacket(packet); // before the first of them is tampered with
      return [...on(action.first, packet), ...on(action.second, other)];
    }
    case 'fragment': {
      const [one, other] =
        action.layer === 'tcp' ? segment(packet, action) : fragment(packet, action);
      const [first, second] = action.inOrder ? [one, other] : [other, one];
      return [...on(action.first, first), ...on(action.second, second)];
    }
    case 'tamper':
      tamper(packet, action, random);
      return on(action.next, packet);
  }
}

/** Two segments; what has no payload is doubled. Where the cut would lie outside, it lies in the middle. */
function segment(
  packet: Packet,
  { size, overlap }: Pick<Fragment, 'size' | 'overlap'>,
): [Packet, Packet] {
  const { tcp, payload } = packet;
  const other = copyPacket(packet);
  if (tcp === undefined || other.tcp === undefined || payload.length === 0) return [packet, other];
  const isOutside = size < 0 || size > payload.length - 1;
  const cut = isOutside ? Math.floor(payload.length / 2) : size;
  packet.payload = payload.slice(0, Math.min(cut + overlap, payload.length));
  other.payload = payload.slice(cut);
  other.tcp.seq = (tcp.seq + cut) >>> 0;
  for (const { ip, tcp: header } of [packet, other]) {
    ip.totalLength = undefined;
    ip.checksum = undefined;
    if (header === undefined) continue;
    header.dataOffset = undefined;
    header.checksum = undefined;
  }
  return [packet, other];
}

/**
 * Two IP fragments, cut at a multiple of eight; of IPv4, and what is left whole is doubled. As in Geneva, where the cut would lie
 * outside, it lies in the middle, and an overlap is of segments alone.
 */
export function fragment(packet: Packet, { size }: Pick<Fragment, 'size'>): [Packet, Packet] {
  const bytes = transportOf(packet);
  const middle = Math.floor(bytes.length / 2 / 8) * 8;
  const cut = size < 0 || 8 * size > bytes.length ? middle : 8 * size;
  const isWhole = packet.ip.src.length !== 4 || cut === 0 || cut === bytes.length;
  if (isWhole) return [packet, copyPacket(packet)];
  const part = (from: number, to: number, isLast: boolean): Packet => {
    const { ip } = packet;
    return {
      ...packet,
      ip: {
        ...ip,
        flags: isLast ? ip.flags & ~DONT_FRAGMENT : (ip.flags & ~DONT_FRAGMENT) | MORE_FRAGMENTS,
        fragmentOffset: ip.fragmentOffset + from / 8,
        totalLength: undefined,
        checksum: undefined,
      },
      tcp: undefined,
      udp: undefined,
      payload: bytes.slice(from, to),
    };
  };
  return [part(0, cut, false), part(cut, bytes.length, true)];
}

function tamper(packet: Packet, { field, how, value }: Tamper, random: Random): void {
  if (!hasProtocol(packet, field)) return;
  switch (how) {
    case 'replace':
      setField(packet, field, value ?? '');
      return;
    case 'corrupt':
      setField(packet, field, anything(packet, field, random));
      return;
    case 'add': {
      const kind = kindOf(field);
      const range = kind?.is === 'number' ? 2 ** kind.bits : 1;
      const sum = Number(getField(packet, field)) + Number(value);
      setField(packet, field, String(((sum % range) + range) % range));
      return;
    }
    case 'compress':
      compressQuestion(packet);
  }
}

/** A value that the field may have; of a checksum one that is wrong, of anything else one that it has not now. */
function anything(packet: Packet, field: Tamper['field'], random: Random): string {
  const now = getField(packet, field);
  const right =
    field.protocol === 'TCP' && field.name === 'chksum' ? String(rightTcpChecksum(packet)) : now;
  let drawn = draw(field, random);
  // An option that has no value has no other.
  for (let tries = 0; drawn === right && tries < MOST_DRAWS; tries++) drawn = draw(field, random);
  return drawn;
}

function draw(field: Tamper['field'], random: Random): string {
  const kind = kindOf(field);
  switch (kind?.is) {
    case 'number':
      return String(random(2 ** kind.bits));
    case 'tcp-flags':
      return lettersOf(1 + random(2 ** TCP_FLAGS.length - 1));
    case 'ip-flags':
      return IP_FLAGS.filter(() => random(2) === 1).join('+') || 'MF';
    case 'address':
      return Array.from({ length: 4 }, () => random(256)).join('.');
    case 'option':
      return kind.length === undefined
        ? Array.from({ length: kind.kind === MD5_SIGNATURE ? 16 : 0 }, () =>
            hexByte(random(256)),
          ).join('')
        : String(random(2 ** Math.min(8 * kind.length, 32)));
    case 'name':
      return 'example.com.';
    default:
      return Array.from({ length: 10 }, () => LETTERS[random(LETTERS.length)]).join('');
  }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const MOST_DRAWS = 64;
const MORE_FRAGMENTS = 1;
const DONT_FRAGMENT = 2;
const MD5_SIGNATURE = 19;
