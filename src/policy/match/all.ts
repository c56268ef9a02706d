import type { Observation, ObservationKind } from '../observation.ts';
import type { Matcher } from './matcher.ts';

/** One of the triggers that a combination is made of. */
export interface Part {
  readonly trigger: Matcher;
  /** It must not hold. */
  readonly isNegated: boolean;
  /** The box looks for it in raw bytes, and knows of no message that it belongs to. */
  readonly isRaw: boolean;
}

/**
 * Several triggers at once. Parts about one message must hold of the same message; other messages of the flow may come before.
 * The rule is set off when the last part becomes known. A part that must not hold is known not to once its observation says so,
 * or the message is whole. Addresses, volume and the packet itself are looked at when everything else is known.
 */
export function all(parts: readonly Part[]): Matcher {
  const combination = new Combination(parts);
  const [observes, ...alsoObserves] = combination.kinds;
  return {
    observes: observes as ObservationKind,
    alsoObserves,
    matches: (seen) => combination.isSetOffBy(seen),
    remember: (seen) => combination.remember(seen),
  };
}

class Combination {
  /** What must be told to it. */
  readonly kinds: readonly ObservationKind[];
  readonly #parts: readonly Part[];
  readonly #groups: readonly Group[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    const remembered = parts.filter(({ trigger }) => !AT_HAND.includes(trigger.observes));
    this.#groups = [...new Set(remembered.map(groupOf))];
    this.kinds = this.#kindsOf(remembered);
  }

  isSetOffBy(seen: Observation): boolean {
    if (this.#groups.length === 0) return this.#isAtHand(seen, []);
    const memory = this.#learn(seen);
    if (memory === undefined || this.#groups.some((one) => !memory.met.has(one))) return false;
    return this.#isAtHand(seen, [...memory.met.values()].flat());
  }

  /** Leaves the observation as it is. */
  remember(seen: Observation): void {
    const { matchedAt, matchedEnd, text } = seen;
    this.#learn(seen);
    seen.mark(matchedAt, matchedEnd, text);
  }

  /** The memory, if all holds that is asked of the message at hand. */
  #learn(seen: Observation): Memory | undefined {
    const group = this.#groups.find((one) => this.#isAbout(one, seen));
    if (seen.flow === undefined || group === undefined) return undefined;
    const memory = memoryOf(this, seen, this.#holdsSomething(seen));
    if (memory === undefined) return undefined;
    memory.begin(group, group === 'start' ? undefined : messageOf(group, seen));
    this.#take(memory, seen);
    if (!this.#isMet(group, memory, seen)) return undefined;
    memory.meet(group);
    return memory;
  }

  #kindsOf(remembered: readonly Part[]): ObservationKind[] {
    const kinds = new Set(remembered.map(({ trigger }) => trigger.observes));
    for (const { trigger, isNegated, isRaw } of remembered) {
      const end = isRaw ? undefined : ENDS[trigger.observes];
      if (isNegated && end !== undefined) kinds.add(end);
    }
    if (kinds.size > 0) return [...kinds];
    const own = this.#parts.map(({ trigger }) => trigger.observes);
    return [(['packet', 'volume', 'address'] as const).find((kind) => own.includes(kind)) as never];
  }

  #isAbout(group: Group, seen: Observation): boolean {
    const isOwn = (part: Part): boolean =>
      groupOf(part) === group &&
      part.isRaw === seen.isRaw &&
      (part.trigger.observes === seen.kind || ENDS[part.trigger.observes] === seen.kind);
    return this.#parts.some((part) => !AT_HAND.includes(part.trigger.observes) && isOwn(part));
  }

  /** Whether this observation gives anything to remember: most do not. */
  #holdsSomething(seen: Observation): boolean {
    return this.#parts.some(
      ({ trigger, isNegated, isRaw }) =>
        isNegated ||
        (trigger.observes === seen.kind && isRaw === seen.isRaw && trigger.matches(seen)),
    );
  }

  /** The last part that holds says what was matched. */
  #take(memory: Memory, seen: Observation): void {
    seen.mark(seen.at, seen.end, undefined);
    for (const part of this.#parts) {
      if (part.trigger.observes !== seen.kind || part.isRaw !== seen.isRaw) continue;
      if (AT_HAND.includes(seen.kind)) continue;
      const { matchedAt, matchedEnd, text } = seen;
      seen.mark(seen.at, seen.end, undefined);
      const isHeld = part.trigger.matches(seen);
      memory.known.add(part);
      if (isHeld) memory.held.set(part, `${seen.kind}=${seen.matchedText}`);
      else seen.mark(matchedAt, matchedEnd, text);
    }
  }

  /** All that is about this message. */
  #isMet(group: Group, memory: Memory, seen: Observation): boolean {
    return this.#parts.every((part) => {
      if (AT_HAND.includes(part.trigger.observes) || groupOf(part) !== group) return true;
      if (!part.isNegated) return memory.held.has(part);
      const isKnown = memory.known.has(part) || ENDS[part.trigger.observes] === seen.kind;
      return isKnown && !memory.held.has(part);
    });
  }

  /** Addresses, the packet and the volume, which the observation leaves as it is. */
  #isAtHand(seen: Observation, known: readonly string[]): boolean {
    const { matchedAt, matchedEnd, text } = seen;
    const texts = [...known];
    const holds = this.#parts.every((part) => {
      if (!AT_HAND.includes(part.trigger.observes)) return true;
      const isHeld = part.trigger.matches(seen);
      if (isHeld && !part.isNegated) texts.push(`${part.trigger.observes}=${seen.matchedText}`);
      return isHeld !== part.isNegated;
    });
    seen.mark(matchedAt, matchedEnd, text);
    if (!holds) return false;
    const not = this.#parts.filter(({ isNegated }) => isNegated);
    seen.why = [...texts, ...not.map(({ trigger }) => `not ${trigger.observes}`)].join(' and ');
    return true;
  }
}

/** What a flow has shown of a combination so far. */
class Memory {
  readonly of: Combination;
  packet = -1;
  readonly held = new Map<Part, string>();
  readonly known = new Set<Part>();
  /** With the texts of the parts that held. */
  readonly met = new Map<Group, readonly string[]>();
  readonly #messages = new Map<Group, unknown>();

  constructor(of: Combination) {
    this.of = of;
  }

  /** What was known of an earlier message of this kind does not count for this one. */
  begin(group: Group, message: unknown): void {
    if (this.#messages.get(group) === message) return;
    this.#messages.set(group, message);
    for (const part of [...this.known]) {
      if (groupOf(part) !== group) continue;
      this.known.delete(part);
      this.held.delete(part);
    }
  }

  /** All that is asked of the message at hand holds. */
  meet(group: Group): void {
    const held = [...this.held].filter(([part]) => groupOf(part) === group);
    const texts = held.map(([, text]) => text);
    this.met.set(group, texts);
  }

  forget(): void {
    this.held.clear();
    this.known.clear();
    this.met.clear();
    this.#messages.clear();
  }
}

/** The memory belongs to the flow; a box without sessions has one for each packet. */
function memoryOf(of: Combination, seen: Observation, isNeeded: boolean): Memory | undefined {
  const { flow } = seen;
  if (flow === undefined) return undefined;
  let memory = flow.combined?.find((one) => (one as Memory).of === of) as Memory | undefined;
  if (memory === undefined) {
    if (!isNeeded) return undefined;
    memory = new Memory(of);
    flow.rare.combined.push(memory);
  }
  if (seen.isStateless && memory.packet !== seen.packetNumber) memory.forget();
  memory.packet = seen.packetNumber;
  return memory;
}

/** What parts must hold of together. */
type Group = 'start' | 'bytes' | 'request' | 'hello' | 'answer' | 'question';

function groupOf({ trigger, isRaw }: Part): Group {
  return isRaw ? 'bytes' : (GROUPS[trigger.observes] ?? 'bytes');
}

function messageOf(group: Group, seen: Observation): unknown {
  return group === 'bytes' ? seen.packetNumber : seen.message;
}

const GROUPS: Readonly<Partial<Record<ObservationKind, Group>>> = {
  protocol: 'start',
  'first-payload': 'start',
  payload: 'bytes',
  'http.host': 'request',
  'http.url': 'request',
  'http.head': 'request',
  'tls.sni': 'hello',
  'quic.sni': 'hello',
  'tls.client-hello': 'hello',
  'tls.server-flight': 'answer',
  'dns.qname': 'question',
};
/** With which observation a message is whole, so that what it has not shown it has not. */
const ENDS: Readonly<Partial<Record<ObservationKind, ObservationKind>>> = {
  'http.host': 'http.head',
  'http.url': 'http.head',
  'tls.sni': 'tls.client-hello',
  'quic.sni': 'tls.client-hello',
  'tls.client-hello': 'tls.client-hello',
};
/** Known of every packet. */
const AT_HAND: readonly ObservationKind[] = ['address', 'packet', 'volume'];
