import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { az2017 } from '../support/censors.ts';
import { likelyModel } from '../support/models.ts';
import { ascii, clientHello, concat, httpRequest } from '../support/packets.ts';
import {
  type Dress,
  HOPS,
  ResetSession,
  type Setup,
  TRICKS,
  type Trick,
} from '../support/reset-session.ts';
import type { Side } from '../support/session.ts';

/*
 * A RST of a box in the path is obeyed by whoever gets it, whatever happened before (RFC 5961 §3.2: its number must be the one
 * expected next). What a box cannot know is left out: packets that are lost behind it, how much a segment in fragments
 * holds before it is acknowledged (unless the box puts them together), more than eight gaps at a time, what lies outside of
 * the window, flows that it had to forget, and lies about the server, whose packets it does not check.
 */

const BLOCKED = [httpRequest({ host: 'meydan.tv' }), clientHello({ sni: 'meydan.tv' })];
const ALLOWED = httpRequest({ host: 'example.org' });
const BYTE = ascii('x');
const OTHER = [ALLOWED, clientHello({}), BYTE];
const CLIENT_SAYS = 3;
const GAPS = 8;
/** What no server takes, in whatever state it is. */
const ALWAYS_REFUSED: readonly Trick[] = ['tcp-checksum', 'ip-checksum', 'ttl', 'md5'];
const RESPONSES = new Uint8Array(2000).fill(0x2e);

/** Part of what an end says; `ahead` counts from what the other one expects. */
interface Say {
  readonly do: 'say';
  readonly from: Side;
  readonly ahead: number;
  readonly length: number;
  readonly dress: Dress;
  readonly hasOldAck: boolean;
}

/** In the client's name. */
interface Lie {
  readonly do: 'lie';
  readonly trick: Trick | undefined;
  readonly flags: string;
  readonly ahead: number;
  readonly payload: Uint8Array;
}

type Step = Say | Lie | { readonly do: 'acknowledge' | 'answer' | 'close' };

const lie: fc.Arbitrary<Lie> = fc.record({
  do: fc.constant('lie'),
  trick: fc.option(fc.constantFrom(...TRICKS), { nil: undefined, freq: 8 }),
  flags: fc.constantFrom('PA', 'PA', 'A', 'R', 'RA', 'FA', 'F', 'FSRPAU', 'FRA', 'S', 'SA'),
  ahead: fc.oneof(fc.constant(0), fc.integer({ min: -10, max: 60 })),
  payload: fc.oneof(
    fc.constantFrom(new Uint8Array(0), ...BLOCKED, ...OTHER),
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
  ),
});
const say: fc.Arbitrary<Say> = fc.record({
  do: fc.constant('say'),
  from: fc.constantFrom('client', 'server'),
  ahead: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 60 })),
  length: fc.integer({ min: 1, max: 160 }),
  dress: fc.constantFrom('plain', 'plain', 'fragments', 'options'),
  hasOldAck: fc.boolean(),
});
const other = fc.constantFrom<Step>({ do: 'acknowledge' }, { do: 'answer' }, { do: 'close' });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: say, weight: 5 },
  { arbitrary: lie, weight: 4 },
  other,
);

const story = fc.record({
  isIpv6: fc.boolean(),
  isns: fc.record({ client: isn(), server: isn() }),
  hasTimestamps: fc.boolean(),
  /** Before the SYN, and between it, its answer, and the ACK. */
  early: fc.tuple(fc.array(lie, { maxLength: 2 }), fc.array(lie, { maxLength: 2 })),
  synPayload: fc.option(fc.constantFrom(...BLOCKED, ...OTHER), { nil: undefined, freq: 4 }),
  says: fc.array(fc.constantFrom(...OTHER), { maxLength: CLIENT_SAYS }),
  last: fc.constantFrom(...BLOCKED),
  steps: fc.array(step, { maxLength: 25, size: 'max' }),
  cut: fc.nat(120),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const action: fc.Arbitrary<Partial<ResetAction>> = fc.record({
  flags: fc.constantFrom('R', 'RA'),
  trigger: fc.constantFrom('drop', 'pass'),
  rest: fc.constantFrom('drop', 'pass'),
});

test('every RST of a box in the path is obeyed', () => {
  let count = 0;
  fc.assert(
    fc.property(likelyModel, action, story, (model, how, told) => {
      const { resets } = tell(told, inPath(model), how);
      count += resets.length;
      expect(resets.filter(({ isObeyed }) => !isObeyed)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  expect(count).toBeGreaterThan(RUNS / 4);
});

/** What a story above found, one at a time. */
describe('a RST is obeyed', () => {
  const REQUEST = httpRequest({ host: 'meydan.tv' });
  const FIRST = { seq: 1, flags: 'PA' };
  test.each<{ name: string; knobs?: Knobs; tell: (session: ResetSession) => void }>([
    {
      name: 'after a SYN/ACK that came again, late',
      tell: (session) => {
        session.send('client', { ...FIRST, payload: ALLOWED });
        session.answer();
      },
    },
    {
      name: 'after a further SYN, which the server answers with a challenge',
      tell: (session) => session.send('client', { seq: 70_000, flags: 'S' }),
    },
    {
      name: 'after an acknowledgement of what was never sent',
      tell: (session) => session.send('client', { ...FIRST, flags: 'A', trick: 'unsent-ack' }),
    },
    {
      name: 'that a decoy sets off, which acknowledges what was never sent',
      tell: (session) =>
        session.send('client', { ...FIRST, payload: REQUEST, trick: 'unsent-ack' }),
    },
    {
      name: 'after a decoy with an old timestamp',
      tell: (session) =>
        session.send('client', { ...FIRST, payload: ALLOWED, trick: 'old-timestamp' }),
    },
    {
      name: 'after a FIN that the server refused',
      tell: (session) => session.send('client', { ...FIRST, flags: 'FA', trick: 'tcp-checksum' }),
    },
    {
      name: "after a FIN and the server's own, of which the first never arrived",
      tell: (session) => {
        session.send('client', { ...FIRST, flags: 'FA', trick: 'ttl' });
        session.send('server', { seq: 1, flags: 'FA' });
      },
    },
    {
      name: 'after a RST that ended the session for the box alone, with an answer under way',
      tell: (session) => {
        session.send('server', { seq: 1, flags: 'PA', payload: new Uint8Array(50) });
        session.send('client', { ...FIRST, flags: 'R', trick: 'ttl' });
        session.send('client', { ...FIRST, payload: REQUEST, ack: 1 });
      },
    },
    {
      name: 'after a RST that ended the session for the box alone, over a gap',
      tell: (session) => {
        session.send('client', { seq: 2, flags: 'PA', payload: new Uint8Array(5) });
        session.send('client', { ...FIRST, flags: 'R', trick: 'md5' });
        session.send('client', { ...FIRST, payload: BYTE });
      },
    },
    {
      name: 'though the box takes options for payload',
      knobs: {
        validate: { ...PLAIN.validate, headerLength: 'trust-20' },
        http: { ...PLAIN.http, parse: 'substring' },
      },
      tell: (session) => session.send('client', { ...FIRST, payload: ALLOWED }),
    },
    {
      name: 'though the box does not read behind extension headers',
      tell: (session) => session.send('client', { ...FIRST, payload: ALLOWED, dress: 'options' }),
    },
    {
      name: 'after fragments, once they are acknowledged',
      tell: (session) => session.send('client', { ...FIRST, payload: LONG, dress: 'fragments' }),
    },
    {
      name: 'by a flow that was frozen, and begun anew by a SYN that the server refused',
      knobs: {
        stream: {
          ...PLAIN.stream,
          limit: { ...PLAIN.stream.limit, packets: 1, onLimit: 'freeze' },
        },
      },
      tell: (session) => {
        session.send('client', { ...FIRST, payload: BYTE });
        session.send('client', { seq: 70_000, flags: 'S' });
      },
    },
  ])('$name', ({ knobs = {}, tell: happens }) => {
    for (const isIpv6 of [false, true]) {
      for (const how of [{}, { trigger: 'pass' as const }]) {
        const session = opened({ ...PLAIN, ...knobs }, how, isIpv6);
        happens(session);
        for (let i = 0; i < 3; i++) {
          session.send('client', { seq: session.ends.server.ack, flags: 'PA', payload: REQUEST });
        }
        expect(session.resets).toEqual([
          { to: 'client', isObeyed: true },
          { to: 'server', isObeyed: true },
        ]);
      }
    }
  });

  test('by a client whose SYN set it off', () => {
    for (const flags of ['R', 'RA'] as const) {
      const engine = new Engine({ policy: az2017(inPath(ON_SYN), { flags }) });
      const session = new ResetSession(engine, SETUP);
      session.open(REQUEST);
      expect(session.resets).toEqual([{ to: 'client', isObeyed: true }]);
    }
  });
});

type Knobs = Partial<Model>;

const LONG = new Uint8Array(200).fill(0x2e);
/** A payload on the SYN is read. */
const ON_SYN: Model = { ...PLAIN, tcb: { ...PLAIN.tcb, synPayload: 'inspect' } };
const SETUP: Setup = {
  isIpv6: false,
  isns: { client: 0, server: 0 },
  hasTimestamps: true,
  seesFragments: false,
};

function opened(model: Model, how: Partial<ResetAction>, isIpv6: boolean): ResetSession {
  const session = new ResetSession(new Engine({ policy: az2017(inPath(model), how) }), {
    ...SETUP,
    isIpv6,
  });
  session.open();
  session.answer();
  session.send('client', { seq: 1, flags: 'A' });
  return session;
}

function inPath(model: Model): Model {
  const hops = { ...HOPS, aware: model.hops.aware };
  return { ...model, position: 'in-path', hops, tcb: { ...model.tcb, capacity: 4 } };
}

function tell(told: Story, model: Model, how: Partial<ResetAction>): ResetSession {
  const engine = new Engine({ policy: az2017(model, how) });
  const puts = model.ip.defrag === 'first' || model.ip.defrag === 'last';
  const session = new ResetSession(engine, {
    ...told,
    seesFragments: puts || model.ip.defrag === 'linux',
  });
  const content = concat(...told.says, told.last);
  for (const early of told.early[0]) lieEarly(session, early);
  session.open(told.synPayload);
  for (const early of told.early[1]) lieEarly(session, early);
  session.answer();
  if (session.ends.client.state !== 'open') return session;
  session.send('client', { seq: session.first('client'), flags: 'A' });
  const speaker = new Speaker(session, content, told.hasTimestamps);
  for (const each of told.steps) speaker.take(each);
  speaker.finish(told.cut);
  return session;
}

/** What a listening server refuses: a spoilt SYN, and any SYN/ACK, which it answers with a RST. */
function lieEarly(session: ResetSession, { trick, flags, ahead }: Lie): void {
  const seq = elsewhere(session, ahead);
  const isSynAck = flags === 'SA';
  if (!isSynAck && (trick === undefined || !ALWAYS_REFUSED.includes(trick))) return;
  const spoilt = trick === undefined || isSynAck ? {} : { trick };
  session.send('client', { seq, ack: 77, flags: isSynAck ? 'SA' : 'S', ...spoilt });
  if (isSynAck) session.send('server', { seq: 77, ack: 0, flags: 'R' });
}

class Speaker {
  readonly #session: ResetSession;
  readonly #content: Uint8Array;
  #serverHasClosed = false;
  #serverSaid = 0;
  readonly #hasTimestamps: boolean;

  constructor(session: ResetSession, content: Uint8Array, hasTimestamps: boolean) {
    this.#session = session;
    this.#content = content;
    this.#hasTimestamps = hasTimestamps;
  }

  take(step: Step): void {
    if (step.do === 'say') this.#say(step);
    else if (step.do === 'lie') this.#lie(step);
    else if (step.do === 'acknowledge') this.#say({ ...SILENT, from: 'client' });
    else if (step.do === 'answer') this.#session.answer();
    else this.#close();
  }

  /** The rest of what the client has to say, in two segments. */
  finish(cut: number): void {
    const plain = {
      do: 'say',
      from: 'client',
      ahead: 0,
      dress: 'plain',
      hasOldAck: false,
    } as const;
    this.#say({ ...plain, length: cut });
    for (let i = 0; i < 5; i++) this.#say({ ...plain, length: 1400 });
  }

  #say({ from, ahead, length, dress, hasOldAck }: Say): void {
    const to = from === 'client' ? 'server' : 'client';
    const content = from === 'client' ? this.#content : RESPONSES;
    const { ack, gapCount } = this.#session.ends[to];
    if (gapCount >= GAPS - 1 || (from === 'server' && this.#serverHasClosed)) return;
    const next = (ack - this.#session.first(from)) | 0;
    const at = Math.max(0, Math.min(next + ahead, content.length));
    const payload = content.slice(at, at + length);
    if (from === 'server') this.#serverSaid = Math.max(this.#serverSaid, at + payload.length);
    const old = hasOldAck ? { ack: this.#session.first(to) } : {};
    const seq = (this.#session.first(from) + at) >>> 0;
    this.#session.send(from, { seq, flags: 'PA', payload, dress, ...old });
  }

  #lie({ trick, flags, ahead, payload }: Lie): void {
    const isSyn = flags === 'S' || flags === 'SA';
    // What the server takes is no lie any more, but for a RST with another number, and a SYN.
    const isTaken = trick === undefined || (trick === 'old-timestamp' && !this.#hasTimestamps);
    if (isTaken && !isSyn && !flags.includes('R')) return;
    const expected = this.#session.ends.server.ack;
    const seq = isSyn ? elsewhere(this.#session, ahead) : (expected + ahead) >>> 0;
    const spoilt = trick === undefined ? {} : { trick };
    this.#session.send('client', { seq, flags, payload: isSyn ? NOTHING : payload, ...spoilt });
  }

  #close(): void {
    if (this.#serverHasClosed) return;
    this.#serverHasClosed = true;
    const seq = (this.#session.first('server') + this.#serverSaid) >>> 0;
    this.#session.send('server', { seq, flags: 'FA' });
  }
}

/** Far from the client's numbers. */
function elsewhere(session: ResetSession, ahead: number): number {
  return (session.first('client') + 2 ** 30 + ahead) >>> 0;
}

function isn(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 0x7fff_fff0, 0xffff_fff0), fc.nat(0xffff_ffff));
}

const NOTHING = new Uint8Array(0);
const SILENT = { do: 'say', ahead: 0, length: 0, dress: 'plain', hasOldAck: false } as const;
const RUNS = 500;
