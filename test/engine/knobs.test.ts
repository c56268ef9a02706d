import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  KNOBS,
  type KnobPath,
  type KnobValue,
  knobOf,
  type UnlistedValue,
  withKnob,
} from '../../src/policy/knobs.ts';
import { type NameKind, names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsMessage, dnsQuery } from '../support/dns.ts';
import { field, frame, PREFACE, plain, SETTINGS } from '../support/http2.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  edit,
  hex,
  tlsRecord,
} from '../support/packets.ts';
import { clientDatagram, cryptoFrames } from '../support/quic.ts';
import {
  clientSays,
  connection,
  endOf,
  fetched,
  fragment,
  handshake,
  head,
  later,
  overIpv6,
  type Scenario,
  type Step,
  serverSays,
  step,
  syn,
  synAck,
  talk,
} from '../support/talk.ts';
import { u16s } from '../support/tls.ts';
import { ethernet, ipOf, ipv4 } from '../support/tunnels.ts';

/** A knob is turned through its values, in a box that is plain but for what is given; nothing else changes. */
interface Case {
  readonly knob: KnobPath;
  readonly name: string;
  readonly given: readonly Turn[];
  readonly scenario: Scenario;
  /** Values with which everything passes the box, and with which something does not. */
  readonly passes: readonly KnobValue<KnobPath>[];
  readonly blocks: readonly KnobValue<KnobPath>[];
}

type Turn = (model: Model) => Model;

const GET = 'GET / HTTP/1.1';
const BLOCKED = head(GET, 'Host: blocked.test');
const ALLOWED = head(GET, 'Host: allowed.test');
const HELLO = clientHello({ sni: 'blocked.test' });
const OTHER_HELLO = clientHello({ sni: 'allowed.test' });
const NAME_AT = Buffer.from(BLOCKED).indexOf('blocked.test');
const MIDDLE = NAME_AT + 6;
const NAME_END = NAME_AT + 12;
const FAR = 0x4000_0000;
const IN_ORDER = [given('stream.mode', 'in-order')];
const FIRST_PAYLOAD = [given('stream.mode', 'first-payload')];
const FOLLOWS_SYN = [given('tcb.create', 'syn')];
const WINDOW = [...IN_ORDER, given('validate.seq', 'window')];
const NOTHING_ENDS = given('tcb.teardown.on', []);

const CASES: readonly Case[] = [
  turning('position', 'a request', {
    scenario: talk(...handshake(), clientSays({ payload: HELLO })),
    passes: ['on-path'],
    blocks: ['in-path'],
  }),
  turning('ports', 'a request to port 8443', {
    scenario: fetched('other-port'),
    passes: [[80, 443]],
    blocks: ['any'],
  }),
  turning('direction', 'a request', {
    scenario: talk(...handshake(), clientSays({ payload: HELLO })),
    passes: ['to-client'],
    blocks: ['to-server', 'both'],
  }),
  turning('direction', 'the name in what a server says', {
    given: [given('http.parse', 'substring')],
    scenario: talk(...handshake(), serverSays({ payload: ascii('blocked.test') })),
    passes: ['to-server'],
    blocks: ['to-client', 'both'],
  }),

  turning('tcb.create', 'a request without a handshake', {
    scenario: talk(clientSays({ payload: HELLO })),
    passes: ['syn', 'synack'],
    blocks: ['none', 'any'],
  }),
  turning('tcb.create', 'a request whose SYN/ACK went another way', {
    scenario: talk(syn(), clientSays({ payload: HELLO })),
    passes: ['synack'],
    blocks: ['none', 'syn', 'any'],
  }),
  turning('tcb.create', 'a request whose SYN went another way', {
    scenario: talk(synAck(), clientSays({ payload: HELLO })),
    passes: ['syn'],
    blocks: ['none', 'synack', 'any'],
  }),
  turning('tcb.create', 'a second request, for a box that reads one of each session', {
    given: [given('http.everyRequest', false)],
    scenario: talk(
      ...handshake(),
      clientSays({ payload: ALLOWED }),
      clientSays({ at: ALLOWED.length, payload: BLOCKED }),
    ),
    passes: ['syn', 'synack', 'any'],
    blocks: ['none'],
  }),
  turning('tcb.roles', 'a SYN/ACK from the client before its SYN', {
    given: [NOTHING_ENDS, given('tcb.onSecondSyn', 'ignore')],
    scenario: talk(
      clientSays({ at: -1, flags: 'SA' }),
      serverSays({ flags: 'R' }),
      ...handshake(),
      clientSays({ payload: HELLO }),
    ),
    passes: ['synack-sender-is-server'],
    blocks: ['syn-sender-is-client'],
  }),
  turning('tcb.onSecondSyn', 'a second SYN with another number that the server refuses', {
    given: WINDOW,
    scenario: fetched('second-syn'),
    passes: ['replace'],
    blocks: ['ignore', 'multi'],
  }),
  ...[WINDOW, [given('validate.seq', 'window')]].map((model) =>
    turning('tcb.onSecondSyn', 'a request that goes on from the second SYN', {
      given: model,
      scenario: talk(
        ...handshake(),
        clientSays({ at: FAR - 1, flags: 'S' }),
        clientSays({ at: FAR, payload: HELLO }),
      ),
      passes: ['ignore'],
      blocks: ['replace', 'multi'],
    }),
  ),
  turning('tcb.synPayload', 'a payload on the SYN', {
    given: FIRST_PAYLOAD,
    scenario: fetched('payload-on-syn'),
    passes: ['inspect'],
    blocks: ['ignore', 'until-refused'],
  }),
  turning('tcb.synPayload', 'a request on the SYN', {
    scenario: talk(clientSays({ at: -1, flags: 'S', payload: HELLO })),
    passes: ['ignore'],
    blocks: ['inspect', 'until-refused'],
  }),
  turning('tcb.teardown.on', 'a request after a RST', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ flags: 'R' })),
    passes: [['rst']],
    blocks: [[], ['rstack'], ['fin'], ['oddflags']],
  }),
  turning('tcb.teardown.on', 'a request after a RST with ACK', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ flags: 'RA' })),
    passes: [['rstack']],
    blocks: [[], ['rst'], ['fin'], ['oddflags']],
  }),
  turning('tcb.teardown.on', 'a request after a FIN', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ flags: 'FA' })),
    passes: [['fin']],
    blocks: [[], ['rst'], ['rstack'], ['oddflags']],
  }),
  turning('tcb.teardown.on', 'a request after a RST with all flags but SYN', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ flags: 'FRPAU' })),
    passes: [['fin'], ['oddflags']],
    blocks: [[], ['rst'], ['rstack']],
  }),
  turning('tcb.teardown.match', 'a request after a RST within the window', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ at: 1000, flags: 'R' })),
    passes: ['ports-ignored', '4tuple', '4tuple+seq-window'],
    blocks: ['4tuple+seq-exact'],
  }),
  turning('tcb.teardown.match', 'a request after a RST far from the window', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ at: FAR, flags: 'R' })),
    passes: ['ports-ignored', '4tuple'],
    blocks: ['4tuple+seq-window', '4tuple+seq-exact'],
  }),
  turning('tcb.teardown.match', 'a request after a RST of another port', {
    given: FOLLOWS_SYN,
    scenario: afterwards(clientSays({ flags: 'R' }, connection({ client: 40_001 }))),
    passes: ['ports-ignored'],
    blocks: ['4tuple', '4tuple+seq-window', '4tuple+seq-exact'],
  }),
  turning('tcb.teardown.does', 'a request after a RST', {
    given: [...FOLLOWS_SYN, ...WINDOW],
    scenario: afterwards(clientSays({ flags: 'R' })),
    passes: ['forget'],
    blocks: ['ignore', 'resync'],
  }),
  turning('tcb.teardown.does', 'a request after a RST and a segment from elsewhere', {
    given: [...FOLLOWS_SYN, ...WINDOW],
    scenario: afterwards(clientSays({ flags: 'R' }), bogus()),
    passes: ['forget', 'resync'],
    blocks: ['ignore'],
  }),
  turning('tcb.resyncOn', 'a segment from elsewhere after the handshake', {
    given: [...WINDOW, NOTHING_ENDS],
    scenario: afterwards(bogus()),
    passes: [['ack'], ['synack']],
    blocks: [[], ['rst'], ['syn']],
  }),
  turning('tcb.resyncOn', 'a RST, then a segment from elsewhere', {
    given: [...WINDOW, NOTHING_ENDS],
    scenario: talk(syn(), clientSays({ flags: 'R' }), bogus(), clientSays({ payload: HELLO })),
    passes: [['rst']],
    blocks: [[], ['syn'], ['ack'], ['synack']],
  }),
  turning('tcb.resyncOn', 'a second SYN, then a segment from elsewhere', {
    given: [...WINDOW, given('tcb.onSecondSyn', 'ignore')],
    scenario: talk(
      syn(),
      clientSays({ at: FAR / 2, flags: 'S' }),
      bogus(),
      clientSays({ payload: HELLO }),
    ),
    passes: [['syn']],
    blocks: [[], ['rst'], ['ack'], ['synack']],
  }),
  ...(['client', 'server'] as const).map((side) =>
    turning('tcb.resyncOn', `an ACK from the ${side}, then a segment from elsewhere`, {
      given: WINDOW,
      scenario: talk(
        syn(),
        side === 'client' ? clientSays({ flags: 'A' }) : serverSays({ flags: 'A' }),
        bogus(),
        clientSays({ payload: HELLO }),
      ),
      passes: [['ack']],
      blocks: [[], ['rst'], ['syn'], ['synack']],
    }),
  ),
  turning('tcb.resyncOn', 'a SYN/ACK, then a segment from elsewhere', {
    given: WINDOW,
    scenario: talk(syn(), synAck(), bogus(), clientSays({ payload: HELLO })),
    passes: [['synack']],
    blocks: [[], ['rst'], ['syn'], ['ack']],
  }),
  turning('tcb.idleTimeout', 'a request after a minute of silence', {
    given: FOLLOWS_SYN,
    scenario: talk(...handshake(), later(60_000, clientSays({ payload: HELLO }))),
    passes: [10_000],
    blocks: [300_000],
  }),
  turning('tcb.halfOpenTimeout', 'a server that answers after ten seconds', {
    given: FOLLOWS_SYN,
    scenario: talk(syn(), later(10_000, synAck()), clientSays({ payload: HELLO })),
    passes: [1_000],
    blocks: [60_000],
  }),
  turning('tcb.capacity', 'a request after another session began', {
    given: FOLLOWS_SYN,
    scenario: afterwards(...handshake(connection({ client: 40_001 }))),
    passes: [1],
    blocks: [65_536],
  }),
  ...(['open', 'half-open', 'new'] as const).map((which, i) =>
    turning('tcb.eviction', `a full table, and a request in the ${which} session`, {
      given: [...FOLLOWS_SYN, given('tcb.capacity', 2)],
      scenario: talk(
        ...handshake(connection({ client: 1 })),
        syn(connection({ client: 2 })),
        syn(connection({ client: 3 })),
        clientSays({ payload: HELLO }, connection({ client: i + 1 })),
      ),
      passes: [(['oldest', 'half-open', 'newest'] as const)[i] as 'oldest'],
      blocks: (['oldest', 'half-open', 'newest'] as const).filter((_, k) => k !== i),
    }),
  ),

  turning('validate.ipChecksum', 'a decoy with a wrong header checksum', {
    given: FIRST_PAYLOAD,
    scenario: afterwards(clientSays({ payload: OTHER_HELLO, wrong: 'ip-checksum' })),
    passes: [false],
    blocks: [true],
  }),
  turning('validate.tcpChecksum', 'a decoy with a wrong checksum', {
    given: FIRST_PAYLOAD,
    scenario: fetched('decoy-bad-checksum'),
    passes: [false],
    blocks: [true],
  }),
  turning('validate.seq', 'a decoy from before the stream', {
    given: IN_ORDER,
    scenario: fetched('decoy-old-seq'),
    passes: ['none'],
    blocks: ['window', 'exact'],
  }),
  turning('validate.seq', 'a request whose second part comes first', {
    given: IN_ORDER,
    scenario: fetched('split-reversed'),
    passes: ['exact'],
    blocks: ['none', 'window'],
  }),
  turning('validate.ack', 'a decoy with an old acknowledgement', {
    given: FIRST_PAYLOAD,
    scenario: fetched('decoy-old-ack'),
    passes: [false],
    blocks: [true],
  }),
  turning('validate.flags', 'a decoy without the ACK flag', {
    given: FIRST_PAYLOAD,
    scenario: fetched('decoy-no-ack'),
    passes: ['any'],
    blocks: ['require-ack', 'strict'],
  }),
  turning('validate.flags', 'a decoy that is a RST with ACK and PSH, beside the next number', {
    given: [...FIRST_PAYLOAD, NOTHING_ENDS],
    scenario: afterwards(clientSays({ at: 1, flags: 'RPA', payload: OTHER_HELLO })),
    passes: ['any'],
    blocks: ['require-ack', 'strict'],
  }),
  turning('validate.flags', 'a SYN with PSH, which servers take', {
    given: FOLLOWS_SYN,
    scenario: talk(
      clientSays({ at: -1, flags: 'SP' }),
      synAck(),
      clientSays({ flags: 'A' }),
      clientSays({ payload: HELLO }),
    ),
    passes: ['strict'],
    blocks: ['any', 'require-ack'],
  }),
  turning('validate.md5', 'a decoy with an MD5 signature', {
    given: FIRST_PAYLOAD,
    scenario: fetched('decoy-md5'),
    passes: ['ignore'],
    blocks: ['reject'],
  }),
  turning('validate.paws', 'a decoy with an old timestamp', {
    given: FIRST_PAYLOAD,
    scenario: fetched('decoy-old-timestamp'),
    passes: ['ignore'],
    blocks: ['reject'],
  }),
  turning('validate.headerLength', 'a decoy whose data offset is too small', {
    given: FIRST_PAYLOAD,
    scenario: afterwards(clientSays({ payload: OTHER_HELLO, dataOffset: 4 })),
    passes: ['trust-dataofs', 'trust-20'],
    blocks: ['strict'],
  }),
  turning('validate.headerLength', 'a request with TCP options', {
    scenario: talk(clientSays({ payload: HELLO, timestampBy: 0 })),
    passes: ['trust-20'],
    blocks: ['strict', 'trust-dataofs'],
  }),

  ...[1, 2].map((ttl) =>
    turning('hops.before', `a server's decoy with ${ttl} left to live`, {
      given: [...FIRST_PAYLOAD, given('hops.aware', true), given('http.parse', 'substring')],
      scenario: talk(
        ...handshake(),
        serverSays({ payload: ascii('allowed.test'), ttl }),
        serverSays({ payload: ascii('blocked.test') }),
      ),
      passes: [0, 1, 2].filter((hops) => hops < ttl),
      blocks: [0, 1, 2].filter((hops) => hops >= ttl),
    }),
  ),
  ...[1, 2].map((ttl) =>
    turning('hops.after', `a decoy with ${ttl} left to live`, {
      given: [...FIRST_PAYLOAD, given('hops.aware', true)],
      scenario: afterwards(clientSays({ payload: OTHER_HELLO, ttl })),
      passes: [0, 1, 2].filter((hops) => hops < ttl),
      blocks: [0, 1, 2].filter((hops) => hops >= ttl),
    }),
  ),
  turning('hops.aware', 'a decoy that dies before the server', {
    given: [...FIRST_PAYLOAD, given('hops.before', 1), given('hops.after', 2)],
    scenario: fetched('decoy-low-ttl'),
    passes: [false],
    blocks: [true],
  }),

  turning('stream.mode', 'a request split inside the name', {
    scenario: fetched('split-in-name'),
    passes: ['packet', 'first-payload'],
    blocks: ['in-order', 'full'],
  }),
  turning('stream.mode', 'a second request', {
    scenario: talk(
      ...handshake(),
      clientSays({ payload: ALLOWED }),
      clientSays({ at: ALLOWED.length, payload: BLOCKED }),
    ),
    passes: ['first-payload'],
    blocks: ['packet', 'in-order', 'full'],
  }),
  turning('stream.mode', 'a request that replaces another before it is acknowledged', {
    given: [given('stream.overlap', 'last')],
    scenario: afterwards(clientSays({ payload: OTHER_HELLO })),
    passes: ['first-payload', 'in-order'],
    blocks: ['packet', 'full'],
  }),
  turning('stream.overlap', 'the second part first, over the half of the name before it', {
    given: IN_ORDER,
    scenario: parts(from(NAME_AT, spoilt(MIDDLE)), piece(0, MIDDLE)),
    passes: ['first', 'windows'],
    blocks: ['last', 'linux', 'strict'],
  }),
  turning('stream.overlap', 'another copy of the second part of the name', {
    given: IN_ORDER,
    scenario: parts(
      piece(NAME_AT, BLOCKED.length),
      from(MIDDLE, ascii('xxxxxx')),
      piece(0, NAME_AT),
    ),
    passes: ['last'],
    blocks: ['first', 'linux', 'windows', 'strict'],
  }),
  turning('stream.overlap', 'half of the name, then a segment with it in the middle', {
    given: IN_ORDER,
    scenario: parts(
      from(NAME_AT, ascii('xxxxxx')),
      piece(NAME_AT - 4, BLOCKED.length),
      piece(0, NAME_AT - 4),
    ),
    passes: ['first'],
    blocks: ['last', 'linux', 'windows', 'strict'],
  }),
  turning('stream.overlap', 'two copies of which neither is blocked', {
    given: IN_ORDER,
    scenario: parts(from(NAME_AT, ascii('one.test')), from(NAME_AT, ascii('two.test'))),
    passes: ['first', 'last', 'linux', 'windows'],
    blocks: ['strict'],
  }),
  turning('stream.outOfOrder', 'a request whose second part comes first', {
    given: IN_ORDER,
    scenario: fetched('split-reversed'),
    passes: ['ignore'],
    blocks: ['buffer', 'drop'],
  }),
  turning('stream.outOfOrder', 'a part of a request that comes early', {
    given: IN_ORDER,
    scenario: talk(...handshake(), clientSays({ at: 9, payload: ALLOWED.slice(9) })),
    passes: ['ignore', 'buffer'],
    blocks: ['drop'],
  }),
  ...[100, 20_000].map((padding) =>
    turning('stream.limit.bytes', `a name behind ${padding} bytes of other headers`, {
      given: IN_ORDER,
      scenario: segments(head(GET, `Pad: ${'x'.repeat(padding)}`, 'Host: blocked.test'), 50),
      passes: [64, 16_384, 65_536].filter((limit) => limit < padding),
      blocks: [64, 16_384, 65_536].filter((limit) => limit >= padding),
    }),
  ),
  turning('stream.limit.packets', 'a name in the fifth segment', {
    given: IN_ORDER,
    scenario: segments(BLOCKED, Math.ceil(NAME_END / 5)),
    passes: [3],
    blocks: [0],
  }),
  turning('stream.limit.time', 'a name that ends five seconds later', {
    given: IN_ORDER,
    scenario: talk(
      ...handshake(),
      clientSays(piece(0, MIDDLE)),
      later(5_000, clientSays(piece(MIDDLE, BLOCKED.length))),
    ),
    passes: [1_000],
    blocks: [0],
  }),
  turning('stream.limit.onLimit', 'a request in more segments than are kept', {
    given: [...IN_ORDER, given('stream.limit.packets', 2)],
    scenario: segments(ALLOWED, 10),
    passes: ['pass'],
    blocks: ['drop', 'freeze'],
  }),
  turning('stream.limit.onLimit', 'what a server says after more segments than are kept', {
    given: [...IN_ORDER, given('stream.limit.packets', 2)],
    scenario: endOf(
      ...handshake(),
      clientSays({ payload: ALLOWED.slice(0, 5) }),
      clientSays({ at: 5, payload: ALLOWED.slice(5, 10) }),
      serverSays({ payload: ascii('408') }),
    ),
    passes: ['pass', 'drop'],
    blocks: ['freeze'],
  }),
  turning('stream.minSegment', 'a first segment of five bytes', {
    given: IN_ORDER,
    scenario: talk(...handshake(), clientSays(piece(0, 5)), clientSays(piece(5, BLOCKED.length))),
    passes: [8],
    blocks: [0],
  }),
  turning('stream.urgent', 'an urgent byte inside the name', {
    given: IN_ORDER,
    scenario: fetched('urgent-byte'),
    passes: ['inline'],
    blocks: ['oob', 'drop'],
  }),
  turning('stream.urgent', 'an urgent byte before a request', {
    given: IN_ORDER,
    scenario: talk(
      ...handshake(),
      clientSays({ payload: ascii('!'), flags: 'PAU', urgentPointer: 1 }),
    ),
    passes: ['inline', 'oob'],
    blocks: ['drop'],
  }),

  turning('ip.defrag', 'a request in two fragments', {
    scenario: talk(...fragments(BLOCKED, 48)),
    passes: ['none'],
    blocks: ['first', 'last', 'linux', 'drop-fragments'],
  }),
  turning('ip.defrag', 'fragments of something else', {
    scenario: talk(...fragments(ALLOWED, 48)),
    passes: ['none', 'first', 'last', 'linux'],
    blocks: ['drop-fragments'],
  }),
  turning('ip.defrag', 'a name in a fragment, and another in one that overlaps it', {
    scenario: talk(...overlapping(BLOCKED, ALLOWED)),
    passes: ['last', 'linux'],
    blocks: ['none', 'first', 'drop-fragments'],
  }),
  turning('ip.defrag', 'a name in a fragment that overlaps another', {
    scenario: talk(...overlapping(ALLOWED, BLOCKED)),
    passes: ['first', 'linux', 'none'],
    blocks: ['last', 'drop-fragments'],
  }),
  turning('tunnels', 'a request in a packet that another one carries', {
    scenario: talk(
      ...handshake(),
      step(ethernet(0x0800, ipv4(4, ipOf(clientSays({ payload: HELLO }).frame)))),
    ),
    passes: ['closed'],
    blocks: ['open'],
  }),
  turning('ip6.extHeaders', 'a request behind a hop-by-hop header', {
    scenario: talk(overIpv6(HELLO, 0)),
    passes: ['stop'],
    blocks: ['walk', 'strict', 'drop'],
  }),
  turning('ip6.extHeaders', 'something else behind a hop-by-hop header', {
    scenario: talk(overIpv6(OTHER_HELLO, 0)),
    passes: ['stop', 'walk', 'strict'],
    blocks: ['drop'],
  }),
  turning('ip6.extHeaders', 'a decoy behind two hop-by-hop headers', {
    given: FIRST_PAYLOAD,
    scenario: talk(overIpv6(OTHER_HELLO, 0, 0), overIpv6(HELLO)),
    passes: ['walk'],
    blocks: ['stop', 'strict', 'drop'],
  }),

  turning('tls.parse', 'the name in something that is not TLS', {
    scenario: talk(...handshake(), clientSays({ payload: ascii('what is blocked.test?') })),
    passes: ['prefix-strict', 'full'],
    blocks: ['substring'],
  }),
  turning('tls.parse', 'a record of version 3.4', {
    scenario: talk(...handshake(), clientSays({ payload: edit(HELLO, 2, 4) })),
    passes: ['prefix-strict'],
    blocks: ['substring', 'full'],
  }),
  turning('tls.recordReassembly', 'two records, cut inside the name', {
    scenario: fetched('records-in-name'),
    passes: [0],
    blocks: [128, 65_536],
  }),
  turning('tls.recordReassembly', 'two records, the name behind 200 bytes of other extensions', {
    scenario: talk(
      ...handshake(),
      clientSays({ payload: inRecords({ sni: 'blocked.test', before: [[21, 200]] }, 280) }),
    ),
    passes: [0, 128],
    blocks: [65_536],
  }),
  turning('tls.onPartial', 'a request split inside the name', {
    given: IN_ORDER,
    scenario: fetched('split-in-name'),
    passes: ['pass-and-forget'],
    blocks: ['wait', 'drop'],
  }),
  turning('tls.onPartial', 'half of a ClientHello for something else', {
    given: IN_ORDER,
    scenario: talk(...handshake(), clientSays({ payload: OTHER_HELLO.slice(0, 60) })),
    passes: ['pass-and-forget', 'wait'],
    blocks: ['drop'],
  }),
  turning('tls.records', 'a warning before the ClientHello', {
    given: IN_ORDER,
    scenario: talk(
      ...handshake(),
      clientSays({ payload: concat(hex`15 03 01 00 02 01 64`, HELLO) }),
    ),
    passes: ['usual'],
    blocks: ['any'],
  }),
  turning('tls.records', 'a record of version 4.0', {
    scenario: talk(...handshake(), clientSays({ payload: edit(HELLO, 1, 4, 0) })),
    passes: ['usual'],
    blocks: ['any'],
  }),
  turning('tls.records', 'ChangeCipherSpec between the records of a ClientHello', {
    given: [given('tls.recordReassembly', 16_384), ...IN_ORDER],
    scenario: talk(
      ...handshake(),
      clientSays({
        payload: concat(
          tlsRecord(HELLO.slice(5, 20)),
          hex`14 03 03 00 01 01`,
          tlsRecord(HELLO.slice(20)),
        ),
      }),
    ),
    passes: ['usual'],
    blocks: ['any'],
  }),
  turning('tls.everyHello', 'a second ClientHello', {
    given: IN_ORDER,
    scenario: talk(
      ...handshake(),
      clientSays({ payload: OTHER_HELLO }),
      clientSays({ at: OTHER_HELLO.length, payload: HELLO }),
    ),
    passes: [false],
    blocks: [true],
  }),

  turning('http.parse', 'the name in another header', {
    scenario: request(GET, 'Host: a.test', 'Referer: http://blocked.test/'),
    passes: ['head'],
    blocks: ['substring'],
  }),
  turning('http.everyRequest', 'a second request', {
    scenario: talk(
      ...handshake(),
      clientSays({ payload: ALLOWED }),
      clientSays({ at: ALLOWED.length, payload: BLOCKED }),
    ),
    passes: [false],
    blocks: [true],
  }),
  turning('http.methods', 'a method of its own', {
    scenario: request('BREW / HTTP/1.1', 'Host: blocked.test'),
    passes: [['GET', 'POST', 'HEAD']],
    blocks: ['any', 'any-length'],
  }),
  turning('http.methods', 'a method of 33 letters', {
    scenario: request(`${'X'.repeat(33)} / HTTP/1.1`, 'Host: blocked.test'),
    passes: ['any', ['GET', 'POST', 'HEAD']],
    blocks: ['any-length'],
  }),
  turning('http.whitespace', 'a value on a line of its own', {
    scenario: request(GET, 'Host:\r\n blocked.test'),
    passes: ['strict', 'standard'],
    blocks: ['lenient'],
  }),
  turning('http.nameCase', 'hoSt', {
    scenario: request(GET, 'hoSt: blocked.test'),
    passes: ['exact'],
    blocks: ['ignored'],
  }),
  turning('http.whitespace', 'no space behind the colon', {
    scenario: request(GET, 'Host:blocked.test'),
    passes: ['strict'],
    blocks: ['standard', 'lenient'],
  }),
  turning('http.whitespace', 'a space before the colon', {
    scenario: request(GET, 'Host : blocked.test'),
    passes: ['strict', 'standard'],
    blocks: ['lenient'],
  }),
  turning('http.endOfLine', 'lines that end with LF alone', {
    scenario: request(`${GET}\nHost: blocked.test\n`),
    passes: ['crlf'],
    blocks: ['any'],
  }),
  turning('http.leadingBlankLines', 'a blank line first', {
    scenario: request('', GET, 'Host: blocked.test'),
    passes: [false],
    blocks: [true],
  }),
  turning('http.http2', 'a name in HTTP/2 without TLS', {
    scenario: parts({
      at: 0,
      payload: concat(PREFACE, SETTINGS, frame(1, 5, 1, field(1, plain('blocked.test')))),
    }),
    passes: [false],
    blocks: [true],
  }),
  turning('http.versions', 'HTTP/1.2', {
    scenario: request('GET / HTTP/1.2', 'Host: blocked.test'),
    passes: ['known'],
    blocks: ['http-1', 'any'],
  }),
  turning('http.versions', 'HTTP/9.1', {
    scenario: request('GET / HTTP/9.1', 'Host: blocked.test'),
    passes: ['known', 'http-1'],
    blocks: ['any'],
  }),
  turning('http.hostField', 'the name in the second Host', {
    scenario: request(GET, 'Host: a.test', 'Host: blocked.test'),
    passes: ['first', 'target'],
    blocks: ['last', 'every'],
  }),
  turning('http.hostField', 'the name in the target', {
    scenario: request('GET http://blocked.test/ HTTP/1.1', 'Host: a.test'),
    passes: ['first', 'last'],
    blocks: ['target', 'every'],
  }),
  turning('http.hostField', 'the name in Host, and another in the target', {
    scenario: request('GET http://a.test/ HTTP/1.1', 'Host: blocked.test'),
    passes: ['target'],
    blocks: ['first', 'last', 'every'],
  }),
  turning('http.whenHost', 'a head that does not end', {
    scenario: talk(...handshake(), clientSays(piece(0, BLOCKED.length - 2))),
    passes: ['head'],
    blocks: ['line'],
  }),

  turning('host.normalise.case', 'a name in capitals', {
    scenario: fetched('name-in-capitals'),
    passes: ['exact'],
    blocks: ['ignored'],
  }),
  turning('host.normalise.trailingDot', 'a name with a trailing dot', {
    scenario: fetched('trailing-dot'),
    passes: ['literal'],
    blocks: ['strip'],
  }),
  turning('host.normalise.port', 'a name with a port', {
    scenario: request(GET, 'Host: blocked.test:80'),
    passes: ['literal'],
    blocks: ['strip'],
  }),
  turning('host.normalise.extras', 'a name with a port that is no number', {
    scenario: request(GET, 'Host: blocked.test:+80'),
    passes: ['literal'],
    blocks: ['servers'],
  }),
  turning('host.normalise.extras', 'a name in brackets', {
    scenario: request(GET, 'Host: [blocked.test]:80'),
    passes: ['literal'],
    blocks: ['servers'],
  }),
  turning('host.normalise.idna', 'a name in UTF-8', {
    scenario: request(GET, `Host: ${Buffer.from('bücher.test').toString('latin1')}`),
    passes: [false],
    blocks: [true],
  }),
  turning('host.match', 'a name below the blocked one', {
    scenario: request(GET, 'Host: www.blocked.test'),
    passes: ['exact'],
    blocks: ['suffix', 'substring', 'regex'],
  }),
  turning('host.match', 'a name that has the blocked one in it', {
    scenario: request(GET, 'Host: blocked.test.example'),
    passes: ['exact', 'suffix'],
    blocks: ['substring', 'regex'],
  }),
  turning('host.match', 'a name that the blocked one describes', {
    scenario: request(GET, 'Host: blocked-test'),
    passes: ['exact', 'suffix', 'substring'],
    blocks: ['regex'],
  }),

  turning('dns.udp', 'a query', {
    scenario: talk(datagram(53, dnsQuery('blocked.test'))),
    passes: [false],
    blocks: [true],
  }),
  turning('dns.tcp', 'a query over TCP', {
    scenario: talk(dnsOverTcp(dnsQuery('blocked.test'))),
    passes: [false],
    blocks: [true],
  }),
  turning('dns.ports', 'a query to port 5353', {
    scenario: talk(datagram(5353, dnsQuery('blocked.test'))),
    passes: [[53]],
    blocks: ['any'],
  }),
  turning('dns.qdStrict', 'a query with two questions', {
    scenario: talk(
      datagram(
        53,
        dnsMessage({
          questions: [
            { type: 'A', name: 'blocked.test' },
            { type: 'AAAA', name: 'blocked.test' },
          ],
        }),
      ),
    ),
    passes: [true],
    blocks: [false],
  }),
  turning('quic.crypto', 'a ClientHello over two Initials', {
    scenario: talk(...initials(clientHelloMessage({ sni: 'blocked.test' }))),
    passes: ['first-datagram'],
    blocks: ['reassembled'],
  }),
  turning('quic.connections', 'a connection after another on the same ports', {
    given: [given('quic.crypto', 'reassembled')],
    scenario: talk(
      ...initials(clientHelloMessage({ sni: 'allowed.test' }), 'a decoy.'),
      ...initials(clientHelloMessage({ sni: 'blocked.test' })),
    ),
    passes: ['ports'],
    blocks: ['ids'],
  }),
  turning('failMode', 'a session that there is no room for', {
    given: [given('tcb.capacity', 1), given('tcb.eviction', 'newest')],
    scenario: talk(syn(connection({ client: 1 })), syn(connection({ client: 2 }))),
    passes: ['open'],
    blocks: ['closed'],
  }),
];

describe.each(CASES)('$knob decides about $name', ({ knob, given, scenario, passes, blocks }) => {
  const base = given.reduce((model, turn) => turn(model), PLAIN);
  const runs = [
    ...passes.map((value) => ({ value, isLet: true })),
    ...blocks.map((value) => ({ value, isLet: false })),
  ];
  test.each(runs)('$value', ({ value, isLet }) => {
    expect(scenario(censor(withKnob(base, knob, value)))).toBe(isLet);
  });
});

describe('the catalogue', () => {
  test('has every knob of a model, and every value of those that are a choice', () => {
    expect(KNOBS.map((knob) => knob.path)).toEqual(leavesOf(PLAIN));
    expectTypeOf<UnlistedValue>().toBeNever();
  });

  test.each(KNOBS)('$path: what a plain box has is among the values', ({ path, values }) => {
    const isClosed = values.some((value) => value === 0 || typeof value !== 'number');
    if (isClosed && !Array.isArray(knobOf(PLAIN, path))) {
      expect(values).toContainEqual(knobOf(PLAIN, path));
    }
  });

  test.each(KNOBS)('$path: every two values differ in some case', ({ path, values }) => {
    const cases = CASES.filter((one) => one.knob === path);
    const outcomes = values.map((value) =>
      cases.map(({ passes, blocks }) =>
        [has(passes, value) ? 'passes' : '', has(blocks, value) ? 'blocks' : ''].join(''),
      ),
    );
    expect(outcomes.flat().every((outcome) => outcome !== '')).toBe(true);
    expect(new Set(outcomes.map(String)).size).toBe(values.length);
  });

  test('turning a knob leaves the others, and the model it was turned in', () => {
    const before = structuredClone(PLAIN);
    for (const { path, values } of KNOBS) {
      for (const value of values) {
        const model = withKnob(PLAIN, path, value);
        expect(knobOf(model, path)).toEqual(value);
        expect(withKnob(model, path, knobOf(PLAIN, path))).toEqual(before);
      }
    }
    expect(PLAIN).toEqual(before);
  });
});

function turning<Path extends KnobPath>(
  knob: Path,
  name: string,
  how: {
    readonly given?: readonly Turn[];
    readonly scenario: Scenario;
    readonly passes: readonly KnobValue<Path>[];
    readonly blocks: readonly KnobValue<Path>[];
  },
): Case {
  return { knob, name, given: [], ...how };
}

function given<Path extends KnobPath>(path: Path, value: KnobValue<Path>): Turn {
  return (model) => withKnob(model, path, value);
}

/** Every kind of name, and the same two names in each. */
function censor(model: Model): Policy {
  const { normalise, match: how } = model.host;
  const kinds: readonly NameKind[] = ['tls.sni', 'http.host', 'quic.sni', 'dns.qname'];
  const list = { names: ['blocked.test', 'xn--bcher-kva.test'], how, normalise };
  const rules = kinds.map((kind) => ({ name: kind, trigger: names(kind, list), action: RESET }));
  return { model, rules };
}

/** A handshake, these, and the request. */
function afterwards(...steps: readonly Step[]): Scenario {
  return talk(...handshake(), ...steps, clientSays({ payload: HELLO }));
}

/** A segment that the server takes for none of the stream. */
function bogus(): Step {
  return clientSays({ at: FAR, payload: ascii('elsewhere') });
}

function request(...lines: readonly string[]): Scenario {
  return talk(...handshake(), clientSays({ payload: head(...lines) }));
}

function segments(message: Uint8Array, length: number): Scenario {
  const count = Math.ceil(message.length / length);
  const steps = Array.from({ length: count }, (_, i) =>
    clientSays(from(i * length, message.slice(i * length, (i + 1) * length))),
  );
  return talk(...handshake(), ...steps);
}

function parts(...pieces: readonly { at: number; payload: Uint8Array }[]): Scenario {
  return talk(...handshake(), ...pieces.map((sent) => clientSays(sent)));
}

function piece(at: number, end: number): { at: number; payload: Uint8Array } {
  return from(at, BLOCKED.slice(at, end));
}

function from(at: number, payload: Uint8Array): { at: number; payload: Uint8Array } {
  return { at, payload };
}

/** The request from its name on, but for the bytes of it before `until`. */
function spoilt(until: number): Uint8Array {
  return concat(new Uint8Array(until - NAME_AT).fill(0x78), BLOCKED.slice(until));
}

function fragments(message: Uint8Array, at: number): Step[] {
  const whole = clientSays({ payload: message });
  return [fragment(whole, 0, at), fragment(whole, at, whole.frame.length - 34)];
}

/** Two requests of the same length: all but the end of the first, and all but the beginning of the second. */
function overlapping(first: Uint8Array, second: Uint8Array): Step[] {
  const [a, b] = [clientSays({ payload: first }), clientSays({ payload: second })];
  return [fragment(a, 0, 56), fragment(b, 40, b.frame.length - 34)];
}

function inRecords(hello: Parameters<typeof clientHelloMessage>[0], at: number): Uint8Array {
  const message = clientHelloMessage(hello);
  return concat(tlsRecord(message.slice(0, at)), tlsRecord(message.slice(at)));
}

function datagram(dstPort: number, payload: Uint8Array): Step {
  const ends = { src: '10.0.0.1', dst: '198.18.0.53', srcPort: 40_000 };
  return step(udpFrame({ ...ends, dstPort, payload }));
}

function dnsOverTcp(message: Uint8Array): Step {
  return clientSays({ payload: concat(u16s(message.length), message) }, connection({ server: 53 }));
}

function initials(message: Uint8Array, id = 'a client'): Step[] {
  const dcid = ascii(id);
  return cryptoFrames(message, 60).map((frame, packetNumber) =>
    datagram(443, clientDatagram({ dcid, packetNumber, frames: [frame] })),
  );
}

function leavesOf(group: object, prefix = ''): string[] {
  return Object.entries(group).flatMap(([key, value]) => {
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup ? leavesOf(value as object, `${prefix}${key}.`) : [`${prefix}${key}`];
  });
}

function has(values: readonly unknown[], value: unknown): boolean {
  return values.some((one) => JSON.stringify(one) === JSON.stringify(value));
}
