import { quoted } from '../base/showable.ts';
import { lastingAction } from '../policy/comment.ts';
import type {
  InjectionEvent,
  PacketEvent,
  TracedSegment,
  TraceEvent,
} from '../replay/trace-event.ts';

/** One line of a trace, in a notation after packetdrill's; relative numbers, seconds since the first packet. */
export function formatTraceEvent(event: TraceEvent): string {
  switch (event.event) {
    case 'flow': {
      const { flow, protocol, client, server } = event;
      return `flow ${flow}: ${protocol} ${client} > ${server}`;
    }
    case 'packet':
      return formatPacket(event);
    case 'injection':
      return formatInjection(event);
  }
}

function formatPacket(event: PacketEvent): string {
  const sign = event.way === null ? '-' : event.way === 'to-server' ? '>' : '<';
  const what = [segmentText(event.tcp, event.payload_length), event.kind, ...event.read]
    .filter((part) => part !== null && part !== '')
    .join(' ');
  const head = `${event.time_s.toFixed(3)} ${flowText(event.flow)}${sign} ${what}`.padEnd(COLUMN);
  const reason = event.ignored === null ? '' : ` (${event.ignored})`;
  const { decision } = event;
  const why =
    decision === null
      ? ''
      : ` rule=${ruleText(decision.rule)}${lastingAction(decision)} why=${decision.why}`;
  return `${head} ${event.verdict}${reason}${why}`;
}

function formatInjection(event: InjectionEvent): string {
  const what =
    event.answer === null ? segmentText(event.tcp, event.payload_length) : `dns ${event.answer}`;
  const text = `${event.time_s.toFixed(3)} ${flowText(event.flow)}! ${what} ttl ${event.ttl} -> ${event.to}`;
  return `${text.padEnd(COLUMN)} inject rule=${ruleText(event.rule)}`;
}

function segmentText(tcp: TracedSegment | null, length: number): string {
  if (tcp === null) return `(${length})`;
  const { flags, seq, ack, window, options } = tcp;
  const acknowledges = ack === null ? '' : ` ack ${ack}`;
  const opens = flags.includes('S') ? ` win ${window}${options === '' ? '' : ` ${options}`}` : '';
  const odd = opens === '' && /kind|md5/.test(options) ? ` ${options}` : '';
  return `${flags} ${seq}:${seq + length}(${length})${acknowledges}${opens}${odd}`;
}

function flowText(flow: number | null): string {
  return flow === null ? '' : `${flow} `;
}

/** The event is as it was made, and its line is made showable as a whole. */
function ruleText(rule: string): string {
  return /\s/.test(rule) ? quoted(rule) : rule;
}

const COLUMN = 72;
