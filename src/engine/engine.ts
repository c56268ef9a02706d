import { type Calendar, dateAt, UNIX } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import { type Assembled, Defragmenter } from '../flow/defragmenter.ts';
import { Delivery } from '../flow/delivery.ts';
import { type Direction, type Flow, opposite } from '../flow/flow.ts';
import { FlowTable } from '../flow/flow-table.ts';
import { type HalfFlow, WINDOW } from '../flow/half-flow.ts';
import type { Ignored } from '../flow/ignored.ts';
import { MemoryBudget } from '../flow/memory-budget.ts';
import { SessionTracker } from '../flow/session-tracker.ts';
import { Validator } from '../flow/validator.ts';
import { passesTrigger, planOf } from '../policy/act/action.ts';
import { resets } from '../policy/act/reset.ts';
import { Silence } from '../policy/act/silence.ts';
import type { Plan, Sentence, Trigger } from '../policy/act/trigger.ts';
import { findingOf } from '../policy/finding.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import type { Policy } from '../policy/policy.ts';
import { ResidualTable } from '../policy/residual-table.ts';
import { type Chance, includesPort, type Rule, RuleBook } from '../policy/rule.ts';
import { ACCEPT, DROP, type Injection, type Verdict } from '../policy/verdict.ts';
import { PacketView, PROTOCOL_ICMPV6 } from '../wire/packet.ts';
import { ACK, FIN, seqDistance } from '../wire/tcp.ts';
import { DatagramInspector } from './datagram-inspector.ts';
import { explain, type Found, viewOf } from './explain.ts';
import { type Inspected, Inspector } from './inspector.ts';
import type { Sink } from './sink.ts';

export interface EngineOptions {
  readonly policy: Policy;
  /** Decides what is left to chance; the same seed gives the same decisions. */
  readonly seed?: number;
  /**
   * Where flows lie in tables follows from it, and no decision: a number that nobody can guess keeps senders from putting all of
   * theirs in one place, where each packet would be looked for among all of them.
   */
  readonly salt?: number;
  /** The scenario's, beside the engine's clock. */
  readonly calendar?: Calendar;
  /** What all streams hold together; 256 MiB at most, if nothing is said. */
  readonly memory?: MemoryBudget;
  readonly observer?: Observer | undefined;
  /** Reads on behind bytes that it lacks and the other end has acknowledged, as no box is documented to: for captures with gaps. */
  readonly skipsGaps?: boolean;
}

/** Looks over the engine's shoulder; it decides nothing. */
export interface Observer {
  /** What it wants read although no rule asks for it. */
  asksAbout(kind: ObservationKind, direction: Direction): boolean;
  observe(seen: Observation): void;
}

/** What the engine has seen; counters only ever grow. */
export interface EngineCounters {
  packets: number;
  malformed: number;
  ignored: number;
  dropped: number;
  decisions: number;
}

/** A censor: packets in, verdicts out. It does no I/O and reads no clock; allowed packets allocate nothing. */
export class Engine implements Sink, Chance {
  readonly counters: EngineCounters = {
    packets: 0,
    malformed: 0,
    ignored: 0,
    dropped: 0,
    decisions: 0,
  };
  /** Why the last packet was not believed; undefined if it was. */
  ignored: Ignored | undefined = undefined;
  /** The last frame is a whole TCP segment, the model checks both of its checksums, and they are right. */
  hasRightSums = false;
  /** The datagram that the last frame made whole, until the next one; undefined if it made none. */
  assembled: Assembled | undefined = undefined;
  readonly #policy: Policy;
  readonly #observer: Observer | undefined;
  readonly #flows: FlowTable;
  readonly #sessions: SessionTracker;
  readonly #validator: Validator;
  readonly #delivery: Delivery;
  readonly #inspector: Inspector;
  readonly #datagrams: DatagramInspector;
  readonly #defragmenter: Defragmenter | undefined;
  readonly #residuals: ResidualTable;
  readonly #rules: RuleBook;
  /** What tells the chances of rules apart: it follows from a rule alone, whatever others there are. */
  readonly #numbers: ReadonlyMap<Rule, number>;
  readonly #packet: PacketView;
  readonly #whole: PacketView;
  readonly #seed: number;
  readonly #calendar: Calendar;
  readonly #reads: { readonly [way in Direction]: boolean };
  /** In an array: a field that holds a fraction is allocated anew for each. */
  readonly #now = new Float64Array(1);
  readonly #skipsGaps: boolean;
  readonly #held = { kind: 'hold' as const, until: 0 };
  #flow: Flow | undefined = undefined;
  /** Of what this packet has shown so far: what set off the first rule of the file. */
  #found: Found | undefined = undefined;

  constructor({
    policy,
    seed = 0,
    salt = 0,
    calendar = UNIX,
    observer,
    skipsGaps = false,
    ...options
  }: EngineOptions) {
    const memory = options.memory ?? new MemoryBudget(MEMORY);
    this.#observer = observer;
    const { model, rules } = policy;
    this.#numbers = new Map(rules.map((rule) => [rule, hashOf(rule.name)]));
    const { extHeaders } = model.ip6;
    const reading = {
      tcpHeader: model.validate.headerLength,
      extensionHeaders: extHeaders === 'drop' ? ('walk' as const) : extHeaders,
      tunnels: model.tunnels,
    };
    this.#policy = policy;
    this.#skipsGaps = skipsGaps;
    this.#seed = seed;
    this.#calendar = calendar;
    this.#packet = new PacketView(reading);
    this.#whole = new PacketView(reading);
    this.#rules = new RuleBook(rules);
    this.#flows = new FlowTable(model.tcb, salt);
    const isLasting = rules.some(({ residual }) => residual !== undefined);
    this.#residuals = new ResidualTable(isLasting ? RESIDUALS : 1, this.#rules, salt);
    this.#sessions = new SessionTracker(model.tcb, this.#flows);
    this.#validator = new Validator(model.validate, model.hops);
    this.#delivery = new Delivery(model.hops, model.tunnels);
    this.#inspector = new Inspector(model, this, memory, skipsGaps);
    this.#inspector.seen.isStateless = model.tcb.create === 'none';
    this.#datagrams = new DatagramInspector(model, this, this.#inspector.seen, memory);
    const { defrag } = model.ip;
    const puts = defrag === 'first' || defrag === 'last' || defrag === 'linux';
    this.#defragmenter = puts ? new Defragmenter(defrag) : undefined;
    this.#reads = {
      'to-server': this.#inspector.reads('to-server'),
      'to-client': this.#inspector.reads('to-client'),
    };
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  /** How often the box passed over bytes that it lacks, and that the other end has acknowledged. */
  get gaps(): number {
    return this.#inspector.gaps;
  }

  /** Fragments of datagrams that have not become whole so far. */
  get unassembled(): number {
    return this.#defragmenter?.unassembled ?? 0;
  }

  /** The verdict on the Ethernet frame in `bytes[at, end)`, seen at `now`. Total: malformed packets pass. */
  decide(bytes: Uint8Array, at: number, end: number, now: Millis): Verdict {
    this.counters.packets++;
    this.ignored = undefined;
    this.hasRightSums = false;
    this.assembled = undefined;
    this.#found = undefined;
    this.#inspector.begin();
    this.#inspector.seen.packetNumber = this.counters.packets;
    this.#now[0] = now;
    const packet = this.#packet.decode(bytes, at, end);
    if (packet.malformed !== undefined) {
      this.counters.malformed++;
      return this.#ignore('malformed');
    }
    return packet.isFragment ? this.#decideFragment(packet, now) : this.#decideWhole(packet, now);
  }

  asksAbout(kind: ObservationKind, direction: Direction): boolean {
    if (this.#observer?.asksAbout(kind, direction)) return true;
    return this.#rules.asksAboutWay(kind, direction);
  }

  get hasFound(): boolean {
    return this.#found !== undefined;
  }

  take(seen: Observation): boolean {
    const { packet, direction } = seen;
    if (!seen.isOld) this.#observer?.observe(seen);
    const port = direction === 'to-server' ? packet.dstPort : packet.srcPort;
    const rule = this.#rules.find(seen, port, this, this.#found?.rule);
    if (rule === undefined) return false;
    this.#note(rule, seen);
    return true;
  }

  #note(rule: Rule, seen: Observation): void {
    const flow = this.#flow as Flow;
    const way = this.#way(seen.packet, seen.direction, flow);
    this.#found = { rule, ...findingOf(seen, viewOf(seen, flow, way)) };
  }

  /** By who began the flow, of a direction as the box sees the roles. */
  #way({ isUdp }: PacketView, role: Direction, flow: Flow): Direction {
    if (isUdp || !flow.isSwapped) return role;
    return opposite(role);
  }

  get calendar(): Millis {
    return dateAt(this.#calendar, this.#now[0] as number);
  }

  luck(rule: Rule): number {
    return this.#hash(this.#numbers.get(rule) ?? 0) / 2 ** 32;
  }

  #decideFragment(packet: PacketView, now: Millis): Verdict {
    if (this.#policy.model.ip.defrag === 'drop-fragments') return this.#drop();
    if (packet.isTcp) this.#deliverUnread(packet, now);
    if (this.#defragmenter === undefined) {
      return packet.fragmentOffset === 0
        ? this.#decideWhole(packet, now)
        : this.#ignore('fragment');
    }
    if (!this.#defragmenter.take(packet, now)) return ACCEPT;
    this.assembled = this.#defragmenter;
    const { bytes, end } = this.#defragmenter;
    return this.#decideWhole(this.#whole.decode(bytes, 0, end), now);
  }

  #decideWhole(packet: PacketView, now: Millis): Verdict {
    const isDropped = this.#policy.model.ip6.extHeaders === 'drop' && !packet.isFragment;
    if (packet.hasExtensionHeaders && isDropped) return this.#drop();
    if (packet.isTcp) return this.#decideSegment(packet, now);
    if (packet.isUdp) return this.#decideDatagram(packet, now);
    if (!packet.hasExtensionHeaders || packet.protocol === PROTOCOL_ICMPV6) return ACCEPT;
    this.#deliverUnread(packet, now);
    return this.#ignore('extension-header');
  }

  /** The box does not see that it is TCP, but the receiver does. */
  #deliverUnread(seen: PacketView, now: Millis): void {
    const packet = this.#delivery.read(seen);
    const flow = packet.isTcp ? this.#flows.find(packet, now) : undefined;
    if (flow !== undefined) this.#delivery.take(packet, flow, this.#flows.direction);
  }

  #decideSegment(packet: PacketView, now: Millis): Verdict {
    const found = this.#flows.find(packet, now);
    const direction = found === undefined ? 'to-server' : this.#flows.direction;
    const refusal = this.#validator.refusesPacket(packet, direction);
    if (refusal === undefined && packet === this.#packet && !packet.isFragment) {
      this.hasRightSums = this.#validator.checksSums;
    }
    const isOver =
      found !== undefined && refusal === undefined && this.#endsBySyn(packet, found, direction);
    if (found === undefined || isOver) return this.#decideNew(packet, found, refusal, now);
    const known = found;
    const isReplaced =
      refusal === undefined &&
      direction === 'to-server' &&
      this.#sessions.isReplacedBy(packet, known);
    const judged = isReplaced
      ? this.#judgeByResiduals(packet, known, direction, now)
      : this.#judge(packet, known, direction, now);
    if (judged !== undefined && isFinal(judged)) return judged;
    const isRead = !isSilenced(known);
    if (refusal === undefined && direction === 'to-server')
      this.#sessions.takeRepeat(packet, known);
    const wrong = refusal ?? this.#refusal(packet, known, direction);
    const passed = judged ?? ACCEPT;
    if (wrong !== undefined) {
      return this.#passUnbelieved(packet, known, direction, wrong, passed, now);
    }
    this.#sessions.take(packet, known, direction);
    return this.#decideBelieved(packet, known, direction, isRead, passed, now);
  }

  /** A SYN begins a silenced flow anew; and one from the other end does, for a box that replaces what it knew. */
  #endsBySyn(packet: PacketView, known: Flow, direction: Direction): boolean {
    if (!packet.isOpeningSyn) return false;
    if (isSilenced(known)) return true;
    const replaces = this.#policy.model.tcb.onSecondSyn === 'replace';
    if (!replaces || direction !== 'to-client') return false;
    if (isOpening(known)) known.rare.crossingSeq = packet.seq;
    return known.crossingSeq !== packet.seq;
  }

  /** `over` is the flow of the same five-tuple before. */
  #decideNew(
    packet: PacketView,
    over: Flow | undefined,
    refusal: Ignored | undefined,
    now: Millis,
  ): Verdict {
    const residual = this.#underResidualUnknown(packet, now);
    if (residual !== undefined) return residual;
    if (refusal !== undefined) return this.#ignore(refusal);
    if (packet.isReset && this.#sessions.endsOthersBy(packet)) this.#flows.forgetBetween(packet);
    if (over !== undefined) this.#sessions.beginAnew(packet, over, this.#flows.direction);
    const flow = over ?? this.#sessions.begin(packet, now);
    if (flow === undefined) return this.#passUntracked(packet);
    this.#setFlow(flow);
    if (packet.isOpeningSyn && packet.payloadLength > 0) this.#takeSynPayload(packet, flow);
    this.#observeAddress(packet, flow);
    return this.#decideBelieved(packet, flow, 'to-server', true, ACCEPT, now);
  }

  #passUntracked(packet: PacketView): Verdict {
    const begins = packet.isOpeningSyn || packet.payloadLength > 0;
    const hasNoRoom = begins && this.#flows.size >= this.#policy.model.tcb.capacity;
    if (!hasNoRoom) return ACCEPT;
    return this.#policy.model.failMode === 'closed' ? this.#drop() : this.#ignore('not-followed');
  }

  /** A payload on a SYN is the first of the stream for a box that says so. */
  #takeSynPayload(packet: PacketView, flow: Flow): void {
    if (this.#policy.model.tcb.synPayload === 'ignore') {
      this.counters.ignored++;
      this.ignored = 'syn-payload';
      flow.noteIgnored('to-server', packet.seq, packet.payloadLength, 'syn-payload');
    }
  }

  /** What is being done to the flow decides, before anything is read. */
  #judge(packet: PacketView, flow: Flow, direction: Direction, now: Millis): Verdict | undefined {
    const residual = this.#judgeByResiduals(packet, flow, direction, now);
    if (residual !== undefined) return residual;
    const sentence = flow.sentence as Sentence | undefined;
    const sentenced = sentence?.judge(packet, direction, now);
    if (sentenced?.kind === 'hold') flow.noteHeld(direction, sentenced.until, now);
    const verdict = this.#inOrder(sentenced, packet, flow, direction, now);
    if (verdict?.kind === 'drop') this.counters.dropped++;
    return verdict;
  }

  /** All that decides on a SYN which ends what is being done to the flow. */
  #judgeByResiduals(
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    now: Millis,
  ): Verdict | undefined {
    this.#setFlow(flow);
    return this.#underResidual(packet, this.#role(packet, flow, direction), now);
  }

  /**
   * No packet that is judged overtakes what is held back of its flow. Fragments, and packets with extension headers that the box does
   * not read, are not judged. As behind a shaper, there is room for so many that wait.
   */
  #inOrder(
    verdict: Verdict | undefined,
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    now: Millis,
  ): Verdict | undefined {
    const until = flow.heldUntil(direction);
    if (until <= now || (verdict !== undefined && isFinal(verdict))) return verdict;
    if (verdict?.kind === 'hold' && verdict.until >= until) return verdict;
    if (!flow.takesBehind(direction, packet.ipEnd - packet.ipAt)) return DROP;
    this.#held.until = until;
    return this.#held;
  }

  #refusal(packet: PacketView, flow: Flow, direction: Direction): Ignored | undefined {
    if (packet.isSyn || packet.isReset) return undefined;
    const wrong = this.#validator.refusesSegment(packet, flow, direction);
    const goesOn = wrong === 'out-of-window' && this.#skipsGaps;
    return goesOn && goesOnFarAway(packet, flow, direction) ? undefined : wrong;
  }

  #passUnbelieved(
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    reason: Ignored,
    passed: Verdict,
    now: Millis,
  ): Verdict {
    flow.noteIgnored(direction, packet.seq, packet.payloadLength, reason);
    this.#delivery.take(packet, flow, direction);
    if (flow.finsSeen === BOTH_FINS) this.#flows.end(flow, now);
    this.#ignore(reason);
    return passed;
  }

  #decideBelieved(
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    isRead: boolean,
    otherwise: Verdict,
    now: Millis,
  ): Verdict {
    const half = flow.half(direction);
    let verdict = otherwise;
    if (packet.payloadLength > 0 && this.#validator.believesPayload(packet)) {
      if (!this.#ignoresPayload(packet)) half.countPayload(packet.payloadLength);
      const read = isRead ? this.#read(packet, flow, half, direction, now) : undefined;
      if (read !== undefined) verdict = read;
    } else if (isRead && flow.isFollowed && !packet.isSyn) {
      if (packet.isUrgent && !packet.isReset) this.#inspector.noteUrgent(packet, flow, half);
      if (this.#skipsGaps) {
        this.#inspector.passGaps(packet, flow, half, this.#role(packet, flow, direction), now);
      }
    }
    if (this.#found !== undefined) verdict = this.#act(packet, flow, direction, this.#found, now);
    const isStopped = verdict.kind === 'drop' || (verdict.kind === 'inject' && isSilenced(flow));
    if (isStopped || (verdict.kind === 'inject' && verdict.original !== 'accept')) return verdict;
    this.#believe(packet, flow, direction);
    this.#follow(packet, flow, direction, now);
    return verdict;
  }

  /** The verdict, if reading the payload leads to one without setting a rule off. */
  #read(
    packet: PacketView,
    flow: Flow,
    half: HalfFlow,
    direction: Direction,
    now: Millis,
  ): Verdict | undefined {
    const role = this.#role(packet, flow, direction);
    const uncounted = this.#whyUncounted(packet, flow, role);
    if (uncounted === undefined) this.#observeVolume(packet, flow, role);
    if (uncounted === undefined) this.#observePacket(packet, flow, half, role);
    const unread = uncounted ?? this.#whyUnread(packet, half);
    if (unread !== undefined) {
      this.ignored = unread;
      return unread === 'urgent' && this.#isInPath && !this.hasFound ? this.#drop() : undefined;
    }
    if (!this.#reads[role]) return undefined;
    const inspected = this.#inspector.inspect(packet, flow, half, role, now);
    if (this.#inspector.isBehindGap) this.ignored = 'after-gap';
    return this.hasFound ? undefined : this.#conclude(inspected, flow, direction);
  }

  /** Why the box does not look at a payload at all. */
  #whyUncounted(packet: PacketView, flow: Flow, role: Direction): Ignored | undefined {
    const { ports } = this.#policy.model;
    if (!flow.isFollowed) return 'not-followed';
    if (this.#ignoresPayload(packet)) return 'syn-payload';
    const port = role === 'to-server' ? packet.dstPort : packet.srcPort;
    return includesPort(ports, port) ? undefined : 'port';
  }

  /** For the box, a SYN carries nothing. */
  #ignoresPayload({ isSyn }: PacketView): boolean {
    return isSyn && this.#policy.model.tcb.synPayload === 'ignore';
  }

  #whyUnread(packet: PacketView, half: HalfFlow): Ignored | undefined {
    if (half.isDecided && half.stream === undefined) return 'after-decision';
    const isRefused = this.#policy.model.stream.urgent === 'drop' && !half.isDecided;
    return packet.isUrgent && isRefused ? 'urgent' : undefined;
  }

  #conclude(inspected: Inspected, flow: Flow, direction: Direction): Verdict | undefined {
    switch (inspected) {
      case 'nothing':
        return undefined;
      case 'drop':
        return this.#isInPath ? this.#drop() : undefined;
      case 'stop':
      case 'freeze':
        if (!this.#isInPath) return undefined;
        flow.sentence =
          inspected === 'stop' ? new Silence(direction, 'payload') : new Silence('both', 'all');
        return this.#drop();
    }
  }

  #decideDatagram(packet: PacketView, now: Millis): Verdict {
    const known = this.#flows.find(packet, now);
    const direction = known === undefined ? 'to-server' : this.#flows.direction;
    const residual = known === undefined ? this.#underResidualUnknown(packet, now) : undefined;
    if (residual !== undefined) return residual;
    const flow = known ?? this.#flows.open(packet, now);
    if (flow === undefined) return this.#passUntracked(packet);
    if (direction === 'to-client') this.#flows.establish(flow);
    const judged = this.#judge(packet, flow, direction, now);
    if (judged !== undefined && isFinal(judged)) return judged;
    if (known === undefined) this.#observeAddress(packet, flow);
    if (packet.payloadLength > 0) {
      const half = flow.half(direction);
      half.countPayload(packet.payloadLength);
      if (!isSilenced(flow)) this.#readDatagram(packet, flow, half, direction);
    }
    if (this.#found !== undefined) return this.#act(packet, flow, direction, this.#found, now);
    return judged ?? ACCEPT;
  }

  #readDatagram(packet: PacketView, flow: Flow, half: HalfFlow, direction: Direction): void {
    const { ports, direction: reads } = this.#policy.model;
    if (reads !== 'both' && reads !== direction) return;
    const port = direction === 'to-server' ? packet.dstPort : packet.srcPort;
    if (!includesPort(ports, port)) return;
    this.#observeVolume(packet, flow, direction);
    this.#observePacket(packet, flow, half, direction);
    this.#datagrams.inspect(packet, flow, half, direction);
  }

  /** The packet that begins the flow may be the server's. */
  #observeAddress(packet: PacketView, flow: Flow): void {
    if (!this.#rules.asksAbout('address')) return;
    const role = this.#role(packet, flow, 'to-server');
    this.#observe('address', packet, flow, role, packet.srcAt, packet.transportAt);
  }

  /** A payload as it came, of a box that still reads payloads going this way. */
  #observePacket(packet: PacketView, flow: Flow, half: HalfFlow, role: Direction): void {
    if (!this.#rules.asksAboutWay('packet', role)) return;
    const { direction, stream } = this.#policy.model;
    if (direction !== 'both' && direction !== role) return;
    const isAlone = stream.mode === 'packet' || stream.mode === 'first-payload';
    if (packet.isTcp && isAlone && half.isDecided) return;
    this.#observe('packet', packet, flow, role, packet.payloadAt, packet.payloadEnd);
  }

  /** What is over a volume stays over it: each rule acts once (`noteDone`). */
  #observeVolume(packet: PacketView, flow: Flow, role: Direction): void {
    if (!this.#rules.asksAbout('volume')) return;
    this.#observe('volume', packet, flow, role, packet.payloadAt, packet.payloadEnd);
  }

  #observe(
    kind: ObservationKind,
    packet: PacketView,
    flow: Flow,
    role: Direction,
    at: number,
    end: number,
  ): void {
    this.#see(kind, packet, flow, role, at, end);
    this.take(this.#inspector.seen);
  }

  #see(
    kind: ObservationKind,
    packet: PacketView,
    flow: Flow,
    role: Direction,
    at: number,
    end: number,
  ): void {
    const { seen } = this.#inspector;
    seen.packet = packet;
    seen.flow = flow;
    seen.direction = role;
    seen.within = packet.isUdp ? 'datagram' : 'segment';
    seen.of(kind, packet.bytes, at, end).offset = 0;
  }

  /** The direction as the box sees the roles. Where nothing has shown them, whoever speaks is read as a client. */
  #role(packet: PacketView, flow: Flow, direction: Direction): Direction {
    if (packet.isUdp) return direction;
    if ((!flow.startWasSeen || flow.isCrossed) && !flow.hasRoles) {
      if (!startsLikeServerFlight(packet)) return 'to-server';
      flow.hasRoles = true;
      flow.isSwapped = direction === 'to-server';
    }
    return flow.isSwapped ? opposite(direction) : direction;
  }

  /** Of a packet that belongs to no flow: unless it begins one, it may go either way. */
  #underResidualUnknown(packet: PacketView, now: Millis): Verdict | undefined {
    if (this.#residuals.size === 0) return undefined;
    if (packet.isTcp && packet.isOpeningSyn) return this.#underResidual(packet, 'to-server', now);
    return (
      this.#underResidual(packet, 'to-server', now) ?? this.#underResidual(packet, 'to-client', now)
    );
  }

  #underResidual(packet: PacketView, direction: Direction, now: Millis): Verdict | undefined {
    if (this.#residuals.size === 0) return undefined;
    const rule = this.#residuals.find(packet, direction, now);
    if (rule?.residual === undefined) return undefined;
    if (rule.residual.does === 'drop' || rule.action.do !== 'reset' || !packet.isTcp) {
      return this.#isInPath ? this.#drop() : undefined;
    }
    if (packet.isReset) return undefined;
    const known = this.#flows.find(packet, now) ?? this.#sessions.begin(packet, now);
    if (known === undefined) return this.#isInPath ? this.#drop() : undefined;
    this.#setFlow(known);
    const { seen } = this.#inspector;
    const way = this.#flows.direction;
    this.#prepare(packet, known, way, !this.#isInPath);
    this.#see('residual', packet, known, direction, packet.srcAt, packet.transportAt);
    seen.text = rule.residual.scope;
    const original = this.#isInPath ? 'drop' : 'accept';
    const found = { rule, ...findingOf(seen, viewOf(seen, known, way)) };
    const packets = resets(rule.action, this.#triggerOf(packet, known, way, found, now));
    return this.#carryOut(packet, known, way, found, { original, packets }, now);
  }

  #act(packet: PacketView, flow: Flow, direction: Direction, found: Found, now: Millis): Verdict {
    const { rule } = found;
    this.#prepare(packet, flow, direction, !this.#isInPath || passesTrigger(rule.action));
    const plan = planOf(rule.action, this.#triggerOf(packet, flow, direction, found, now));
    if (rule.residual !== undefined) {
      this.#residuals.add(rule, rule.residual, packet, found.direction, now);
    }
    return this.#carryOut(packet, flow, direction, found, plan, now);
  }

  #carryOut(
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    found: Found,
    plan: Plan,
    now: Millis,
  ): Verdict {
    const decision = explain({ packet, flow, found, plan, now });
    if (plan.sentence !== undefined) flow.sentence = plan.sentence;
    if (plan.sentence?.isRead || found.kind === 'volume') flow.noteDone(found.rule);
    this.#moveOn(flow, direction, found, plan, now);
    this.counters.decisions++;
    if (plan.original === 'drop') this.counters.dropped++;
    if (plan.original !== 'drop') this.#delivery.take(packet, flow, direction);
    if (this.#isInPath) this.#deliverInjected(plan, flow, direction);
    if (plan.until !== undefined) flow.noteHeld(direction, plan.until, now);
    const original = plan.original === 'hold' ? 'accept' : plan.original;
    const heldUntil = flow.heldUntil(direction);
    const until = original === 'accept' && heldUntil > now ? heldUntil : undefined;
    const packets = plan.packets.map((packet): Injection => {
      const notBefore = flow.heldUntil(packet.way === 'along' ? direction : opposite(direction));
      return notBefore > now ? { ...packet, notBefore } : packet;
    });
    return { kind: 'inject', original, until, packets, decision };
  }

  /** What becomes of the streams after a trigger. */
  #moveOn(flow: Flow, direction: Direction, { kind, rule }: Found, plan: Plan, now: Millis): void {
    const half = flow.half(direction);
    if (isSilenced(flow)) {
      flow.toServer.endStream();
      flow.toClient.endStream();
    } else if (plan.sentence === undefined && this.#isInPath && plan.original === 'accept') {
      half.isDecided = true;
      half.endStream();
    } else if (kind === 'residual')
      half.endStream(); // of which the trigger is no part
    else if (plan.original === 'drop') this.#inspector.takeBack(half, now);
    else this.#inspector.moveOn(flow, half, rule, now);
  }

  /** Before numbers are chosen: a trigger that passes arrives before what is injected. */
  #prepare(packet: PacketView, flow: Flow, direction: Direction, passes: boolean): void {
    if (passes) this.#delivery.take(packet, flow, direction);
    else this.#delivery.acknowledge(packet, flow, direction);
  }

  /** What the box says in an end's name counts like what that end says. */
  #deliverInjected({ packets }: Plan, flow: Flow, direction: Direction): void {
    for (const { way, frame, delay } of packets) {
      const goes = way === 'along' ? direction : opposite(direction);
      if (delay === 0) this.#delivery.takeInjected(frame, flow.half(goes));
    }
  }

  #triggerOf(
    packet: PacketView,
    flow: Flow,
    direction: Direction,
    found: Found,
    now: Millis,
  ): Trigger {
    const random = (limit: number): number => this.#hash(-++flow.rare.draws) % limit;
    const isInPath = this.#isInPath;
    return { found, packet, flow, direction, isInPath, now, random };
  }

  #believe(packet: PacketView, flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    this.#validator.note(packet, half);
    if (packet.isReset) return;
    if (!packet.isSyn) half.believe(packet.seq, packet.sequenceLength);
    else if (packet.payloadLength > 0 && this.#policy.model.tcb.synPayload !== 'ignore') {
      half.believe((packet.seq + 1) | 0, packet.payloadLength);
    }
    const isOddSyn = packet.isSyn && direction === 'to-server';
    if (isOddSyn || (packet.flags & ACK) === 0) return;
    const other = opposite(direction);
    flow.half(other).believeAck(packet.ack);
    if (this.#skipsGaps && flow.half(other).isFarAck(packet.ack)) {
      flow.rare.farAck = { direction: other, ack: packet.ack };
    }
  }

  /** Keeps up with a packet that was believed and let through. */
  #follow(packet: PacketView, flow: Flow, direction: Direction, now: Millis): void {
    this.#delivery.take(packet, flow, direction);
    if (flow.finsSeen === BOTH_FINS) this.#flows.end(flow, now);
    else if (packet.isReset || (packet.flags & FIN) !== 0) {
      this.#tearDown(packet, flow, direction, now);
    }
  }

  /** What the box takes for the end of a session need not be the end of a connection: its ends may have refused it. */
  #tearDown(packet: PacketView, flow: Flow, direction: Direction, now: Millis): void {
    if (!this.#sessions.endsBy(packet, flow, direction)) return;
    if (this.#policy.model.tcb.teardown.match === 'ports-ignored') {
      this.#flows.forgetBetween(packet);
    } else flow.forget();
    if (this.#delivery.endsBy(packet, flow, direction)) this.#flows.end(flow, now);
  }

  #setFlow(flow: Flow): void {
    this.#flow = flow;
  }

  #hash(of: number): number {
    const flow = this.#flow as Flow;
    return (
      this.#flows.hashOf(
        flow,
        Math.imul(this.#seed ^ Math.imul(of + 1, 0x85ebca6b), 0x27d4eb2f),
      ) >>> 0
    );
  }

  get #isInPath(): boolean {
    return this.#policy.model.position === 'in-path';
  }

  /** On path there is nothing to hold back. */
  #drop(): Verdict {
    if (!this.#isInPath) return ACCEPT;
    this.counters.dropped++;
    return DROP;
  }

  #ignore(reason: Ignored): Verdict {
    this.counters.ignored++;
    this.ignored = reason;
    return ACCEPT;
  }
}

/** Nobody has answered the SYN: one from the other end crosses it, and opens the same connection (RFC 9293 §3.5). */
function isOpening({ startWasSeen, toServer, toClient }: Flow): boolean {
  return startWasSeen && !toClient.isBelieved && toServer.payloads === 0;
}

/** The other end has acknowledged bytes far ahead of what was seen. A segment that begins about there is believed. */
function goesOnFarAway({ seq }: PacketView, flow: Flow, direction: Direction): boolean {
  const { farAck } = flow;
  if (farAck?.direction !== direction) return false;
  const beyond = seqDistance(farAck.ack, seq);
  if (Math.abs(beyond) >= WINDOW) return false;
  flow.half(direction).goOnAt(beyond < 0 ? seq : farAck.ack);
  flow.rare.farAck = undefined;
  return true;
}

/** Nothing of it is read any more. */
function isSilenced({ sentence }: Flow): boolean {
  return sentence !== undefined && !(sentence as Sentence).isRead;
}

/** What is done to the flow leaves nothing to be decided by reading. */
function isFinal({ kind }: Verdict): boolean {
  return kind === 'drop' || kind === 'inject';
}

/** FNV-1a, of 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

/** A handshake record whose message is a ServerHello (RFC 8446 §4). */
function startsLikeServerFlight(packet: PacketView): boolean {
  const { bytes, payloadAt, payloadEnd } = packet;
  if (payloadEnd - payloadAt < 6) return false;
  return bytes[payloadAt] === 22 && bytes[payloadAt + 1] === 3 && bytes[payloadAt + 5] === 2;
}

const RESIDUALS = 4096;
/** Bytes that all streams of a box hold together. A surrogate. */
const MEMORY = 256 * 1024 * 1024;
/** Of both ends, in a flow. */
const BOTH_FINS = 3;
