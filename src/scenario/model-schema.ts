import * as z from 'zod';
import { Duration, Ports } from './fields.ts';

/* The knobs of a profile, all of which may be left out. What each does is said where the engine has it: src/policy/model.ts. */

const Tcb = knobs({
  create: z
    .enum(['none', 'syn', 'synack', 'any'])
    .describe(
      'The packet a session begins with; without one, payloads are not read. none: every packet is read alone. any: also one whose beginning was not seen.',
    ),
  roles: z
    .enum(['syn-sender-is-client', 'synack-sender-is-server'])
    .describe('Whom the box takes for the client.'),
  on_second_syn: z
    .enum(['ignore', 'replace', 'multi'])
    .describe(
      'A SYN with another sequence number in a session that is known: ignored, begins the session anew, or kept beside the first.',
    ),
  syn_payload: z
    .enum(['ignore', 'inspect', 'until-refused'])
    .describe(
      'Whether a payload on a SYN is nothing, or the beginning of the stream. until-refused: the beginning, as far as the SYN/ACK acknowledges it.',
    ),
  teardown: knobs({
    on: z
      .array(z.enum(['rst', 'rstack', 'fin', 'oddflags']))
      .describe('What ends a session for the box. oddflags: flags that no stack sends together.'),
    match: z
      .enum(['ports-ignored', '4tuple', '4tuple+seq-window', '4tuple+seq-exact'])
      .describe(
        'Which session such a packet ends: any between the two hosts, its own, or its own if the sequence number is in the window, or the very next.',
      ),
    // biome-ignore lint/suspicious/noThenProperty: the word of the files; nobody awaits a schema
    then: z
      .enum(['ignore', 'forget', 'resync'])
      .describe(
        'What the box does then: nothing, forget the session, or believe the next payload wherever it lies.',
      ),
  }),
  resync_on: z
    .array(z.enum(['rst', 'syn', 'ack', 'synack']))
    .describe('After such a packet, the next payload is believed whatever its sequence number.'),
  idle_timeout_ms: Duration.describe('A session that is silent for longer is forgotten.'),
  half_open_timeout_ms: Duration.describe(
    'The same for a session whose SYN has not been answered.',
  ),
  capacity: z.int().min(1).max(1_048_576).describe('Sessions followed at most.'),
  eviction: z
    .enum(['oldest', 'half-open', 'newest'])
    .describe(
      'Which goes when there are more: the one idle longest, the half-open one idle longest, or the new one.',
    ),
});

const Validate = knobs({
  ip_checksum: z.boolean().describe('A packet with a wrong IPv4 header checksum is not believed.'),
  tcp_checksum: z.boolean().describe('A segment with a wrong TCP checksum is not believed.'),
  seq: z
    .enum(['none', 'window', 'exact'])
    .describe(
      'Where a segment must lie to be believed. none takes one from before the stream, or from far beyond it, for the next one.',
    ),
  ack: z
    .boolean()
    .describe(
      'A segment is not believed if it acknowledges more than the other side has sent, or what was long ago.',
    ),
  flags: z
    .enum(['any', 'require-ack', 'strict'])
    .describe(
      'require-ack: no payload without the ACK flag, or on a RST, is believed. strict: nor flags that no stack sends together.',
    ),
  options: knobs({
    md5: z
      .enum(['ignore', 'reject'])
      .describe('A segment with the TCP MD5 option, which a server without a key refuses.'),
    paws: z
      .enum(['ignore', 'reject'])
      .describe('A segment with a timestamp older than the last one (RFC 7323 §5).'),
  }),
  header_length: z
    .enum(['strict', 'trust-dataofs', 'trust-20'])
    .describe(
      'Where the payload begins: 20 bytes on, where the data offset says, or nowhere if that cannot be.',
    ),
});

const Hops = knobs({
  before: z.int().min(0).max(254).describe('Routers between clients and the box.'),
  after: z.int().min(0).max(254).describe('Routers between the box and servers.'),
  aware: z.boolean().describe('What cannot arrive, for its TTL, is not believed.'),
});

const Stream = knobs({
  mode: z
    .enum(['packet', 'first-payload', 'in-order', 'full'])
    .describe(
      'packet: each segment is read alone. first-payload: only the first of each direction is. in-order: what arrived without a gap is read once. full: and again, if a later copy replaces it before it is acknowledged. Messages are read from the beginning of a stream on: behind STARTTLS, SOCKS or a PROXY line none is found, but by `packet` and by a `parse` of substring.',
    ),
  overlap: z
    .enum(['first', 'last', 'linux', 'windows', 'strict'])
    .describe(
      'Which copy of a byte counts: the first, the last, or as a Linux or Windows receiver has it. strict: a segment that contradicts another is not believed, in path dropped.',
    ),
  out_of_order: z
    .enum(['ignore', 'buffer', 'drop'])
    .describe(
      'A segment beyond a gap: passes unread, waits for the gap to be filled, or is dropped.',
    ),
  /** What is held is read again with each segment: hence at most 1 MiB. */
  limit: knobs({
    bytes: z.int().min(1).max(1_048_576).describe('Of a message that is not whole yet.'),
    packets: z
      .int()
      .min(0)
      .max(65_535)
      .describe('Segments that a message may take; 0 for any number.'),
    ms: z.number().min(0).max(86_400_000).describe('Time that a message may take; 0 for any.'),
    on_limit: z
      .enum(['pass', 'drop', 'freeze'])
      .describe(
        'What becomes of a flow that reaches a limit: it passes unread, the segment is dropped, or all that follows is.',
      ),
  }),
  min_segment_bytes: z
    .int()
    .min(0)
    .max(65_535)
    .describe('If the first segment is shorter, the stream is not put together.'),
  urgent: z
    .enum(['inline', 'oob', 'drop'])
    .describe(
      'The urgent byte, which a server takes out of the stream: read with the rest, left out, or its segment dropped.',
    ),
});

const Tls = knobs({
  parse: z
    .enum(['substring', 'prefix-strict', 'full'])
    .describe(
      'substring: a listed name anywhere in the bytes. prefix-strict: only ClientHellos that begin as common ones do. full: the message.',
    ),
  records: z
    .enum(['usual', 'any'])
    .describe(
      'usual: a ClientHello comes in handshake records of major version 3, one after the other. any: as some server takes it, in records of any version, with ChangeCipherSpec and warnings before and between.',
    ),
  record_reassembly: z
    .union([z.enum(['none', 'full']), z.int().min(1).max(65_536)])
    .describe(
      'Bytes of handshake messages that are put together from several records; none reads one record alone.',
    ),
  on_partial: z
    .enum(['pass-and-forget', 'wait', 'drop'])
    .describe(
      'A ClientHello that has not come whole: never looked at again, waited for, or dropped.',
    ),
  every_hello: z
    .boolean()
    .describe('A second ClientHello, after a HelloRetryRequest, is read too.'),
});

const Method = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, {
  error: 'expected a method such as "GET"',
});

const Http = knobs({
  parse: z
    .enum(['substring', 'head'])
    .describe('substring: a listed name anywhere in the bytes. head: the Host field.'),
  every_request: z.boolean().describe('Every request of a connection is read, not only the first.'),
  http2: z
    .boolean()
    .describe(
      'HTTP/2 without TLS is read where its preface stands in place of a request: its authority and "host" count as the host.',
    ),
  methods: z
    .union([z.enum(['any', 'any-length']), z.array(Method).min(1)])
    .describe(
      'Those that it knows, in exactly these letters. any: any token of up to 32 bytes. any-length: any token.',
    ),
  name_case: z
    .enum(['ignored', 'exact'])
    .describe('Whether "Host" counts in any letter case, or written so only.'),
  whitespace: z
    .enum(['strict', 'standard', 'lenient'])
    .describe(
      'strict: one space after the method, the target and the colon, none elsewhere. standard: what RFC 9112 lets a recipient allow. lenient: also tabs, blanks before a colon, and values folded over lines.',
    ),
  end_of_line: z.enum(['any', 'crlf']).describe('crlf: a bare LF ends no line.'),
  leading_blank_lines: z
    .boolean()
    .describe('Empty lines before the request line are passed over; otherwise they are not HTTP.'),
  versions: z
    .enum(['known', 'http-1', 'any'])
    .describe(
      'known: HTTP/1.0 and HTTP/1.1. http-1: HTTP/1. and one byte. any: any text, or none.',
    ),
  host_field: z
    .enum(['first', 'last', 'target', 'every'])
    .describe(
      'Which Host counts. target: the host in an absolute or CONNECT target, or else the first Host. every: that in the target and each Host, for servers differ in which they take.',
    ),
  when_host: z
    .enum(['line', 'head'])
    .describe(
      'Whether the host is seen as soon as its line is whole, or only once the whole head is.',
    ),
});

const Host = knobs({
  normalise: knobs({
    case: z.enum(['ignored', 'exact']).describe('Letter case of names.'),
    trailing_dot: z.enum(['strip', 'literal']).describe('The dot of a fully qualified name.'),
    port: z.enum(['strip', 'literal']).describe('The port in a Host field.'),
    extras: z
      .enum(['literal', 'servers'])
      .describe(
        'servers: as some servers do, the box looks behind blanks around a name, brackets around it, and a port that is no number.',
      ),
    idna: z.boolean().describe('A host in UTF-8 is looked up as DNS knows it.'),
  }),
  match: z
    .enum(['exact', 'suffix', 'substring', 'regex'])
    .describe(
      'How names in packets are compared with those of a list. suffix: the name, or one below it.',
    ),
});

const Knobs = knobs({
  position: z
    .enum(['in-path', 'on-path'])
    .describe('in-path holds packets; on-path sees copies of them, and can only inject.'),
  ports: Ports.describe('Of the side that the box takes for the server.'),
  direction: z.enum(['to-server', 'to-client', 'both']).describe('Which way payloads are read.'),
  tcb: Tcb,
  validate: Validate,
  hops: Hops,
  stream: Stream,
  ip: knobs({
    defrag: z
      .enum(['none', 'first', 'last', 'linux', 'drop-fragments'])
      .describe(
        'How fragments are put together: not at all, with the first or last copy of a byte, or none where they overlap, as Linux does. drop-fragments lets none through.',
      ),
  }),
  tunnels: z
    .enum(['open', 'closed'])
    .describe(
      'Whether the box reads the innermost packet of PPPoE, MPLS, GRE, IP in IP, VXLAN, Geneve, GTP-U, L2TP and Teredo, or looks behind VLAN tags alone. No source says it of a box: open is a surrogate in every preset. What the box sends is wrapped as the trigger was.',
    ),
  ip6: knobs({
    ext_headers: z
      .enum(['stop', 'walk', 'strict', 'drop'])
      .describe(
        'IPv6 extension headers: end the reading, are skipped in any order, are skipped if a host would take them, or are dropped.',
      ),
  }),
  tls: Tls,
  http: Http,
  host: Host,
  dns: knobs({
    udp: z.boolean().describe('DNS over UDP is read.'),
    tcp: z.boolean().describe('DNS over TCP is read.'),
    ports: Ports.describe('Of DNS servers.'),
    qd_strict: z
      .boolean()
      .describe(
        'Only messages with exactly one question, of which queries have no answers, are read.',
      ),
  }),
  quic: knobs({
    crypto: z
      .enum(['first-datagram', 'reassembled'])
      .describe(
        'A ClientHello in QUIC: only as far as the first datagram has it, or put together from all.',
      ),
    connections: z
      .enum(['ports', 'ids'])
      .describe(
        'ports: the box takes a UDP flow for one QUIC connection, and stops reading after the first whole ClientHello or 16 unreadable Initials. ids: it tells connections apart by connection ID, reads each, and stops after 256 unreadable Initials in a row.',
      ),
  }),
  fail_mode: z
    .enum(['open', 'closed'])
    .describe('What happens to flows that the box has no room for.'),
});

/** A box, as what it has in common with a preset and what it has not. */
export const ModelSchema = z.strictObject({
  preset: z
    .enum(['plain', 'stateless-substring', 'first-payload', 'naive-stream', 'strict'])
    .default('plain'),
  ...Knobs.shape,
});

export type ModelSpec = z.output<typeof ModelSchema>;

function knobs<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).partial();
}
