import {
  AUTHORITY,
  field,
  frame,
  GET,
  HOST,
  huffman,
  indexed,
  integer,
  PREFACE,
  plain,
  SETTINGS,
} from '../support/http2.ts';
import { ascii, concat, hex } from '../support/packets.ts';
import { Random } from '../support/random.ts';
import { type Odd, pieces } from './odd.ts';

/** One connection over HTTP/2 without TLS, with one to three requests, as few clients send them. */
export function oddHttp2(seed: number): Odd {
  const random = new Random(seed, 11);
  const about: string[] = [];
  const settings = random.chance(0.9) ? SETTINGS : random.pick(OTHER_SETTINGS);
  const frames: Uint8Array[] = [PREFACE, settings];
  const count = random.chance(0.6) ? 1 : random.int(2, 3);
  const talk = { random, about, known: 0 };
  for (let i = 0; i < count; i++) frames.push(...between(talk), ...request(talk, 2 * i + 1));
  if (random.chance(0.03)) {
    about.push('no settings');
    frames.splice(1, 1);
  }
  return { about: about.join(', '), pieces: pieces(concat(...frames), random) };
}

interface Talk {
  readonly random: Random;
  readonly about: string[];
  /** Fields that the server was told to remember. */
  known: number;
}

function request(talk: Talk, stream: number): Uint8Array[] {
  const { random, about } = talk;
  const parts = [...prelude(talk), pseudo(random), ...names(talk), ...others(talk)];
  const block = concat(...(random.chance(0.95) ? parts : random.shuffled(parts)));
  const isWhole = random.chance(0.6);
  if (isWhole) return [wrapped(talk, block, stream)];
  const cuts = [random.below(block.length), random.below(block.length)].sort((a, b) => a - b);
  about.push(`in three frames, cut at ${cuts.join(' and ')}`);
  const [first, second] = cuts as [number, number];
  const middle = random.chance(0.95) ? [] : [SETTINGS];
  return [
    frame(1, 1, stream, block.slice(0, first)),
    frame(9, 0, stream, block.slice(first, second)),
    ...middle,
    frame(9, 4, random.chance(0.97) ? stream : stream + 2, block.slice(second)),
  ];
}

/** In one HEADERS frame, with padding and priority or without. */
function wrapped({ random, about }: Talk, block: Uint8Array, stream: number): Uint8Array {
  const padding = random.chance(0.8) ? undefined : random.int(0, 200);
  const hasPriority = random.chance(0.2);
  if (padding !== undefined) about.push(`padding ${padding}`);
  if (hasPriority) about.push('priority');
  return frame(
    1,
    5 | (padding === undefined ? 0 : 8) | (hasPriority ? 0x20 : 0),
    stream,
    padding === undefined ? hex`` : Uint8Array.of(padding),
    hasPriority ? hex`00 00 00 00 0f` : hex``,
    block,
    new Uint8Array(padding ?? 0),
  );
}

function pseudo(random: Random): Uint8Array {
  if (random.chance(0.8)) return GET;
  return concat(hex`82 86`, field(4, plain(`/${random.text('abc', 5)}`)));
}

/** Sizes of the table: none larger than the servers allow, mostly. */
function prelude(talk: Talk): Uint8Array[] {
  const { random, about } = talk;
  if (random.chance(0.85)) return [];
  const size = random.pick([0, 60, 4096, 4096, 5000]);
  about.push(`table of ${size}`);
  if (size < 4096) talk.known = 0;
  return [integer(size, 5, 0x20)];
}

function names(talk: Talk): Uint8Array[] {
  const { random, about } = talk;
  const kind = random.below(10);
  about.push(`names #${kind}`);
  const authority = (): Uint8Array => remembered(talk, AUTHORITY, text(random, about));
  const host = (): Uint8Array =>
    remembered(talk, random.chance(0.6) ? HOST : 'host', text(random, about));
  if (kind < 5) return [authority()];
  if (kind === 5) return [host()];
  if (kind === 6) return [authority(), host()];
  if (kind === 7 && talk.known > 0) return [indexed(62 + random.below(talk.known))];
  if (kind === 8) return [host(), host()];
  return kind === 9 ? [authority(), authority()] : [authority()];
}

function remembered(talk: Talk, name: number | string, value: Uint8Array): Uint8Array {
  const how = talk.random.pick(['remembered', 'remembered', 'plain', 'never'] as const);
  if (how === 'remembered') talk.known++;
  return field(name, value, how);
}

function text(random: Random, about: string[]): Uint8Array {
  if (random.chance(0.7))
    return random.chance(0.5) ? huffman('blocked.test') : plain('blocked.test');
  const odd = random.pick(NAMES);
  about.push(JSON.stringify(odd));
  return odd === 'allowed.test' && random.chance(0.5) ? huffman(odd) : plain(odd);
}

function others(talk: Talk): Uint8Array[] {
  const { random } = talk;
  return Array.from({ length: random.below(4) }, (_, i) =>
    remembered(talk, `x-${i}`, plain(random.text('abcdef', random.int(0, 40)))),
  );
}

/** Frames that are no part of a request. */
function between({ random, about }: Talk): Uint8Array[] {
  if (random.chance(0.6)) return [];
  const [name, bytes] = random.pick(OTHER_FRAMES);
  about.push(`${name} before`);
  return [bytes];
}

const OTHER_SETTINGS = [
  frame(4, 0, 0, hex`00 03 00 00 00 64 00 04 00 01 00 00`),
  frame(4, 0, 0, hex`00 01 00 00 00 00`),
  frame(4, 0, 0, hex`00 02 00 00 00 00`),
];
const OTHER_FRAMES: readonly (readonly [string, Uint8Array])[] = [
  ['WINDOW_UPDATE', frame(8, 0, 0, hex`00 01 00 00`)],
  ['PING', frame(6, 0, 0, new Uint8Array(8))],
  ['a frame that nobody knows', frame(0xbe, 0xff, 0, ascii('whatever'))],
  ['SETTINGS', SETTINGS],
  ['acknowledged SETTINGS', frame(4, 1, 0)],
  ['PRIORITY', frame(2, 0, 99, hex`00 00 00 00 10`)],
  ['data of no request', frame(0, 0, 77, ascii('data'))],
];
const NAMES = [
  ...['allowed.test', 'allowed.test', 'allowed.test', 'BLOCKED.TEST', 'blocked.test.'],
  ...['blocked.test:80', 'user@blocked.test', ' blocked.test', 'blocked.test ', ''],
  ...['http://blocked.test', 'x.blocked.test', 'blocked.test:x', 'blocked.test,allowed.test'],
];
