import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Millis } from '../../base/units.ts';
import { buildDatagram, buildSegment } from '../../wire/build.ts';
import { ACK, PSH, RST, SYN, seqDistance } from '../../wire/tcp.ts';
import type { TriggerPacket } from './request.ts';
import { envelopeOf, packetIn, type Station } from './station.ts';
import type { Tapped } from './tap.ts';
import { type Answer, FULL_TTL, type Trial } from './trial.ts';
import { payloadOf } from './trigger-bytes.ts';

export interface TryOptions {
  readonly ttl: number;
  /** For the connection, and then for what comes of the trigger. */
  readonly patience: Millis;
  /** When to wait no longer than `linger` from then on; without it, `patience` is waited out. */
  readonly isEnough?: (trial: Trial) => boolean;
  readonly linger?: Millis;
  /** By default one that was not used before. */
  readonly port?: number;
}

/** Sends the trigger once, on a connection of its own if it needs one; undefined if there was no connection. */
export async function tryTrigger(
  station: Station,
  trigger: TriggerPacket,
  options: TryOptions,
): Promise<Trial | undefined> {
  const port = options.port ?? station.nextPort();
  const packets: Tapped[] = [];
  const attempt: Attempt = { station, trigger, port, packets, ...options };
  let notice = (): void => undefined;
  const stop = station.tap.listen(port, (packet) => {
    packets.push(packet);
    notice();
  });
  let close = (): void => undefined;
  try {
    const ready = await prepare(attempt);
    if (ready === undefined) return undefined;
    ({ close } = ready);
    const ipId = 1 + Math.floor(Math.random() * 0xffff);
    const before = packets.length;
    const bytes = ready.build(ipId);
    await station.sender.send(bytes, trigger.address);
    const sent = { ipId, totalLength: bytes.length };
    const read = (): Trial => trialOf(attempt, ready, sent, packets.slice(before));
    await waitFor(options, read, (onPacket) => {
      notice = onPacket;
    });
    station.tap.drain();
    await hangUp(attempt, ready);
    return read();
  } finally {
    stop();
    close();
  }
}

/**
 * A server that has the trigger is ahead of what the client's kernel knows, and ignores its RST: it would go on to send its
 * answer again, which a box with a memory takes for more of the same.
 */
async function hangUp({ station, trigger, port, packets }: Attempt, { seq }: Ready): Promise<void> {
  if (trigger.kind !== 'http' && trigger.kind !== 'tls') return;
  const last = packets.findLast((packet) => packet.way === 'in' && acknowledges(packet, seq));
  if (last === undefined) return;
  const fields = { seq: last.ack, ack: 0, flags: RST, window: 0, ttl: FULL_TTL, ipId: 0 };
  const reset = buildSegment(envelopeOf(station.own, port, trigger), 'along', fields);
  await station.sender.send(packetIn(reset), trigger.address);
}

interface Attempt extends TryOptions {
  readonly station: Station;
  readonly trigger: TriggerPacket;
  readonly port: number;
  readonly packets: readonly Tapped[];
}

/** All that is known before the trigger is sent. */
interface Ready {
  readonly build: (ipId: number) => Buffer;
  readonly rtt: Millis | undefined;
  /** Of the trigger. */
  readonly seq: number;
  /** What the client expects from the server. */
  readonly expected: number;
  readonly close: () => void;
}

function prepare(attempt: Attempt): Promise<Ready | undefined> {
  switch (attempt.trigger.kind) {
    case 'syn':
      return Promise.resolve(prepareSyn(attempt));
    case 'dns':
      return prepareDatagram(attempt);
    default:
      return prepareConnection(attempt);
  }
}

/**
 * The kernel makes the connection, and does not know of the trigger: it goes on to acknowledge what comes, and takes answers to
 * the trigger for a mistake. Its socket stays open, so that it ends nothing before a box does.
 */
async function prepareConnection(attempt: Attempt): Promise<Ready | undefined> {
  const { station, trigger, port, packets, ttl, patience } = attempt;
  const payload = await payloadOf(trigger);
  const socket = connect({ host: trigger.address, port: trigger.port, localPort: port });
  const close = (): void => void socket.resetAndDestroy();
  if (!(await isConnected(socket, patience))) {
    socket.destroy();
    return undefined;
  }
  station.tap.drain();
  const syns = packets.filter(({ way, flags }) => way === 'out' && (flags & SYN) !== 0);
  const synAck = packets.find(({ way, flags }) => way === 'in' && (flags & SYN) !== 0);
  const ack = packets.find(({ way, flags }) => way === 'out' && (flags & (SYN | ACK)) === ACK);
  if (synAck === undefined || ack === undefined) {
    close();
    return undefined;
  }
  const [syn, ...again] = syns;
  const fields = { seq: ack.seq, ack: ack.ack, window: ack.window, options: ack.options };
  return {
    build: (ipId) => {
      const envelope = envelopeOf(station.own, port, trigger);
      const own = { ttl, ipId, dontFragment: true, flags: PSH | ACK, payload };
      return packetIn(buildSegment(envelope, 'along', { ...fields, ...own }));
    },
    // Of two SYNs it is not known which was answered.
    rtt: syn !== undefined && again.length === 0 ? synAck.at - syn.at : undefined,
    seq: ack.seq,
    expected: ack.ack,
    close,
  };
}

function prepareSyn({ station, trigger, port, ttl }: Attempt): Ready {
  const seq = Math.floor(Math.random() * 0x1_0000_0000) | 0;
  const fields = { seq, ack: 0, flags: SYN, window: 64_240, options: MSS_1460 };
  return {
    build: (ipId) => {
      const envelope = envelopeOf(station.own, port, trigger);
      const own = { ...fields, ttl, ipId, dontFragment: true };
      return packetIn(buildSegment(envelope, 'along', own));
    },
    rtt: undefined,
    seq,
    expected: 0,
    close: () => undefined,
  };
}

/** A socket takes the answer: the kernel would tell the sender that nobody does. */
async function prepareDatagram({ station, trigger, port, ttl }: Attempt): Promise<Ready> {
  const payload = await payloadOf(trigger);
  const socket = createSocket('udp4').bind(port);
  return {
    build: (ipId) => {
      const envelope = envelopeOf(station.own, port, trigger);
      return packetIn(buildDatagram(envelope, 'along', payload, { ttl, ipId }));
    },
    rtt: undefined,
    seq: 0,
    expected: 0,
    close: () => void socket.close(),
  };
}

function isConnected(socket: Socket, patience: Millis): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patience);
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    socket.on('error', () => settle(false)); // a box may end it at any time; what came says so
    socket.once('connect', () => settle(true));
  });
}

/** Until it is enough, and a little longer; or until patience ends. */
function waitFor(
  { patience, isEnough = () => false, linger = 0 }: TryOptions,
  read: () => Trial,
  onPacket: (notice: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(resolve, patience);
    let isLingering = false;
    onPacket(() => {
      if (isLingering || !isEnough(read())) return;
      isLingering = true;
      clearTimeout(timer);
      timer = setTimeout(resolve, linger);
    });
  });
}

function trialOf(
  { trigger, ttl }: Attempt,
  { rtt, seq, expected }: Ready,
  { ipId, totalLength }: { readonly ipId: number; readonly totalLength: number },
  packets: readonly Tapped[],
): Trial {
  const own = packets.findIndex((packet) => packet.way === 'out' && packet.ipId === ipId);
  const after = own < 0 ? [] : packets.slice(own + 1);
  const sentAt = packets[own]?.at ?? 0;
  // A RST that a box sends on to the server in this host's name may end at a router too, which tells this host.
  const ended = after.find(
    ({ quoted }) => quoted?.ipId === ipId && quoted.totalLength === totalLength,
  );
  const others = after.filter(({ way }) => way === 'out');
  const answers = after
    .filter(({ way, from }) => way === 'in' && from === trigger.address)
    .map((packet): Answer => {
      const { at, flags, window, payloadLength } = packet;
      return {
        ...{ after: at - sentAt, ttl: packet.ttl, ipId: packet.ipId, flags, window, payloadLength },
        seqDistance: trigger.kind === 'dns' ? 0 : seqDistance(expected, packet.seq),
        acknowledgesTrigger: trigger.kind === 'dns' || acknowledges(packet, seq),
        mayBePrompted: others.some((other) => other.at < at),
      };
    });
  const hop = ended && { address: ended.from, after: ended.at - sentAt };
  return { sentAt, ttl, ipId, rtt, hop, answers };
}

function acknowledges({ flags, ack }: Tapped, seq: number): boolean {
  return (flags & ACK) !== 0 && (flags & RST) === 0 && seqDistance(seq, ack) > 0;
}

/** As every SYN has one: the usual of Ethernet. */
const MSS_1460 = Uint8Array.of(2, 4, 5, 0xb4);
