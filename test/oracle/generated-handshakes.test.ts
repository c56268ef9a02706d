import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { names } from '../../src/policy/match/names.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { observe } from '../../src/replay/observe.ts';
import { replay } from '../../src/replay/replay.ts';
import { capture, type Handshake, makeHandshake, PORTS } from '../support/handshakes.ts';
import { Random } from '../support/random.ts';
import { readByTshark } from '../support/tshark.ts';

/* Five thousand flows in one file: cut, shuffled, repeated, split and wrapped as test/support/handshakes.ts says. */

const COUNT = 5000;
const SEED = 20_170_327;
const HOST = 'http.host';
const SNI = 'tls.handshake.extensions_server_name';
type Reading = Record<typeof HOST | typeof SNI, string | null>;

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-oracle-'));
const file = join(folder, 'handshakes.pcapng');
let flows: readonly Handshake[] = [];
let theirs: ReadonlyMap<string, Reading> = new Map();

beforeAll(async () => {
  const random = new Random(SEED);
  flows = Array.from({ length: COUNT }, (_, i) => makeHandshake(random, i + 1));
  writeFileSync(file, capture(random, flows, 40));
  const options = Object.entries(PORTS).flatMap(([protocol, ports]) =>
    ports.flatMap((port) => ['-d', `tcp.port==${port},${protocol}`]),
  );
  const streams = await readByTshark(file, [HOST, SNI], options);
  const readings = [...streams].map(([end, { client }]): [string, Reading] => [
    end.replace('tcp ', ''),
    { [HOST]: client[HOST][0] ?? null, [SNI]: client[SNI][0] ?? null },
  ]);
  theirs = new Map(readings);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('tshark reads what was written', () => {
  const wrong = flows.filter((flow) => {
    const [host, sni] = flow.kind === 'http' ? [flow.name, null] : [null, flow.name];
    const reading = theirs.get(endOf(flow));
    return reading?.[HOST] !== host || reading[SNI] !== sni;
  });
  expect(wrong.map(endOf)).toEqual([]);
});

test('what is observed is what tshark reads', () => {
  const ours = new Map<string, Reading>();
  const result = observe(file, ({ src, src_port, host, sni }) => {
    ours.set(`${src} ${src_port}`, { [HOST]: host, [SNI]: sni });
  });
  expect(result).toMatchObject({ flows: COUNT, truncation: undefined });
  expect(disagreements(ours)).toEqual([]);
});

test('a strict censor is set off by what tshark reads, once in each flow', () => {
  const ours = new Map<string, Reading>();
  const { counters, ignored } = replay({
    file,
    policy: ALL_LISTED,
    onEvent: (event) => {
      if (event.event !== 'packet' || event.decision === null) return;
      const { flow, matched } = event.decision;
      const end = flow.client.replace(/^\[?(.*?)\]?:(\d+)$/, '$1 $2');
      const isHost = matched.kind === 'http.host';
      ours.set(end, { [HOST]: isHost ? matched.text : null, [SNI]: isHost ? null : matched.text });
    },
  });
  expect(disagreements(ours)).toEqual([]);
  expect(counters.decisions).toBe(flows.filter(({ name }) => name !== null).length);
  // What it does not believe is what it has already.
  expect(Object.keys(ignored)).toEqual(['out-of-window']);
});

function disagreements(ours: ReadonlyMap<string, Reading>): unknown[] {
  return flows
    .map((flow) => {
      const reading = theirs.get(endOf(flow)) ?? NOTHING;
      return { end: endOf(flow), ours: ours.get(endOf(flow)) ?? NOTHING, theirs: reading };
    })
    .filter(({ ours, theirs }) => ours[HOST] !== theirs[HOST] || ours[SNI] !== theirs[SNI]);
}

function endOf({ src, srcPort }: Handshake): string {
  return `${src} ${srcPort}`;
}

const NOTHING: Reading = { [HOST]: null, [SNI]: null };
const { strict } = PRESETS;
const LIST = {
  names: ['test', 'example'],
  how: 'suffix',
  normalise: strict.host.normalise,
} as const;
const ALL_LISTED: Policy = {
  model: strict,
  rules: (['http.host', 'tls.sni'] as const).map((kind) => ({
    name: kind,
    trigger: names(kind, LIST),
    action: { do: 'pass' },
  })),
};
