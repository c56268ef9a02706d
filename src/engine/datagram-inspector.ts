import type { Direction, Flow } from '../flow/flow.ts';
import type { HalfFlow } from '../flow/half-flow.ts';
import type { MemoryBudget } from '../flow/memory-budget.ts';
import type { Model } from '../policy/model.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { includesPort } from '../policy/rule.ts';
import { DnsQuery } from '../wire/dns/query.ts';
import type { PacketView } from '../wire/packet.ts';
import type { QuicConnection } from '../wire/quic/connection.ts';
import type { QuicInitials } from '../wire/quic/initials.ts';
import { hasInitial, LongHeader } from '../wire/quic/long-header.ts';
import { QuicReading } from './quic-reading.ts';
import type { Sink } from './sink.ts';

/**
 * Reads UDP payloads: DNS messages, each alone, and the Initials of QUIC. Each ClientHello of a flow is told once: its
 * server name as soon as that is there, with the packet that brought it, and the whole message when it is whole.
 */
export class DatagramInspector {
  readonly #model: Model;
  readonly #sink: Sink;
  readonly #budget: MemoryBudget;
  readonly #seen: Observation;
  readonly #query: DnsQuery;
  readonly #header = new LongHeader();
  readonly #asksQuic: boolean;
  readonly #asksServer: boolean;

  constructor(model: Model, sink: Sink, seen: Observation, budget: MemoryBudget) {
    this.#budget = budget;
    this.#model = model;
    this.#sink = sink;
    this.#seen = seen;
    this.#query = new DnsQuery(model.dns);
    this.#asksServer = sink.asksAbout('tls.server-flight', 'to-client');
    // The keys of what a server says come from what the client said.
    this.#asksQuic =
      this.#asksServer ||
      sink.asksAbout('quic.sni', 'to-server') ||
      sink.asksAbout('tls.client-hello', 'to-server');
  }

  /** Tells all that this datagram shows. */
  inspect(packet: PacketView, flow: Flow, half: HalfFlow, direction: Direction): void {
    const seen = this.#seen;
    seen.packet = packet;
    seen.flow = flow;
    seen.direction = direction;
    seen.within = 'datagram';
    this.#readWhole(packet, half);
    this.#readQuery(packet, direction);
    this.#readQuic(packet, flow, half, direction);
  }

  #readWhole(packet: PacketView, half: HalfFlow): void {
    const { bytes, payloadAt, payloadEnd } = packet;
    if (half.payloads === 1 && (this.#asks('protocol') || this.#asks('first-payload'))) {
      this.#seen.protocol = this.#protocolOf(packet);
      this.#tell('protocol', bytes, payloadAt, payloadEnd, 0);
      this.#tell('first-payload', bytes, payloadAt, payloadEnd, 0);
    }
    this.#tell('payload', bytes, payloadAt, payloadEnd, 0);
  }

  #protocolOf({ bytes, payloadAt, payloadEnd }: PacketView): 'quic' | 'dns' | 'unknown' {
    if (this.#header.read(bytes, payloadAt, payloadEnd).isPlausible) return 'quic';
    const { status } = this.#query.read(bytes, payloadAt, payloadEnd);
    return status === 'query' || status === 'response' ? 'dns' : 'unknown';
  }

  #readQuery(packet: PacketView, direction: Direction): void {
    const { udp, ports } = this.#model.dns;
    if (!udp || !this.#sink.asksAbout('dns.qname', direction)) return;
    const port = direction === 'to-server' ? packet.dstPort : packet.srcPort;
    if (!includesPort(ports, port)) return;
    const query = this.#query.read(packet.bytes, packet.payloadAt, packet.payloadEnd);
    if (query.status === 'not-dns') return;
    this.#seen.query = query;
    this.#seen.message = this.#seen.packetNumber;
    this.#tell('dns.qname', query.name, 0, query.nameEnd, QUESTION_OFFSET);
  }

  #readQuic(packet: PacketView, flow: Flow, half: HalfFlow, direction: Direction): void {
    const isToServer = direction === 'to-server';
    if (half.isDecided || (isToServer ? !this.#asksQuic : !this.#asksServer)) return;
    const { bytes, payloadAt, payloadEnd } = packet;
    const isLate = this.#model.quic.crypto === 'first-datagram' && half.payloads > 1;
    if (isLate) {
      half.isDecided = true;
    } else if (flow.reading === undefined) {
      if (!hasInitial(this.#header, bytes, payloadAt, payloadEnd)) return;
      flow.rare.reading = new QuicReading(this.#model, this.#budget);
    }
    const reading = flow.reading as QuicReading | undefined;
    if (reading === undefined) return;
    const { initials } = reading;
    const from = isToServer ? 'client' : 'server';
    const hasGrown = !isLate && initials.take(bytes, payloadAt, payloadEnd, from);
    if (hasGrown) this.#readGrown(reading, half, direction);
    if (initials.isSpent) half.isDecided = true;
    this.#settle(reading, flow);
  }

  #readGrown(reading: QuicReading, half: HalfFlow, direction: Direction): void {
    const { initials } = reading;
    this.#seen.within = 'stream';
    for (const connection of initials.grown) {
      this.#seen.message = connection;
      const isToServer = direction === 'to-server';
      reading.shown = isToServer ? connection.toServer : connection.toClient;
      if (isToServer) this.#readHello(connection, initials, half);
      else this.#readServer(connection, half);
    }
  }

  #settle(reading: QuicReading, flow: Flow): void {
    reading.settle();
    const isOver =
      (flow.toServer.isDecided || !this.#asksQuic) &&
      (flow.toClient.isDecided || !this.#asksServer);
    if (isOver) flow.endReading();
  }

  #readHello(connection: QuicConnection, { read }: QuicInitials, half: HalfFlow): void {
    if (connection.isClientRead) return;
    const { hello } = this.#seen;
    const { helloAt } = connection;
    const { bytes, end } = connection.toServer;
    hello.readMessage(bytes, helloAt, end);
    this.#seen.isQuic = true;
    if (hello.status === 'not-client-hello') {
      connection.isClientRead = true;
      if (helloAt === 0) connection.isServerRead = true; // no server goes on with it
      return;
    }
    const isWhole = hello.status === 'complete';
    const wasRead = isWhole ? !read.add(connection) : helloAt === 0 && read.hasBegunSo(connection);
    if (!wasRead) this.#tellName(connection);
    if (!isWhole) return;
    if (!wasRead) this.#tell('tls.client-hello', bytes, helloAt, hello.messageEnd, helloAt);
    this.#endHello(connection, half);
  }

  #endHello(connection: QuicConnection, half: HalfFlow): void {
    const isByPorts = this.#model.quic.connections === 'ports';
    const isLast = isByPorts || !this.#model.tls.everyHello || connection.helloAt > 0;
    connection.helloAt = this.#seen.hello.messageEnd;
    connection.isNameTold = false;
    if (isLast) connection.isClientRead = true;
    if (!this.#asksServer) connection.isServerRead = true;
    if (isByPorts) half.isDecided = true;
  }

  /** Once for each connection, as soon as it is there. */
  #tellName(connection: QuicConnection): void {
    const { bytes, sniAt, sniEnd } = this.#seen.hello;
    if (sniAt < 0 || connection.isNameTold) return;
    connection.isNameTold = true;
    this.#tell('quic.sni', bytes, sniAt, sniEnd, sniAt);
  }

  #readServer(connection: QuicConnection, half: HalfFlow): void {
    if (connection.isServerRead) return;
    const { serverHello, certificate } = this.#seen;
    const { bytes, end } = connection.toClient;
    serverHello.readMessage(bytes, 0, end);
    certificate.readMessage(bytes, end, end);
    if (serverHello.status !== 'complete') return;
    connection.isServerRead = true;
    if (this.#model.quic.connections === 'ports') half.isDecided = true;
    this.#tell('tls.server-flight', bytes, 0, end, 0);
  }

  #asks(kind: ObservationKind): boolean {
    return this.#sink.asksAbout(kind, this.#seen.direction);
  }

  #tell(kind: ObservationKind, bytes: Uint8Array, at: number, end: number, offset: number): void {
    if (!this.#asks(kind)) return;
    this.#seen.of(kind, bytes, at, end).offset = offset;
    this.#seen.isRaw = kind === 'payload';
    this.#sink.take(this.#seen);
  }
}

/** Of a name's first letter: behind the header and the label's length (RFC 1035 §4.1). */
const QUESTION_OFFSET = 13;
