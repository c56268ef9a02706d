import * as z from 'zod';
import { parseEndpoint } from '../base/address.ts';
import { readDay } from './date.ts';
import { listOf, recordOf } from './few-wrong.ts';
import { asciiName, canonicalAddress, hostOfUrl } from './names.ts';
import { connectOf, handshakeOf } from './read-steps.ts';
import { ConnectStatus, Failure, RecordedHandshake, RecordedKeys } from './recorded-keys.ts';
import type { Outcome } from './steps.ts';
import { expected, tellProblems } from './tell-problems.ts';

/** One measurement, or one handshake of it, under two labels, and how it came out. */
export interface MeasuredPoint {
  readonly row: string;
  readonly column: string;
  readonly outcome: string;
}

/** The points of one measurement. */
export interface Points {
  readonly points: readonly MeasuredPoint[];
  /** The key for want of which it gives none. */
  readonly lacks: string | undefined;
}

/** By what measurements are laid out, and which of them. */
export interface Layout {
  readonly rows: string;
  readonly columns: string;
  /** Only those that have all of these. */
  readonly where?: readonly (readonly [key: string, value: string])[];
}

/**
 * The points of a measurement in a table. A key is a field of the measurement (`input`, `probe_asn`, `probe_cc`, `test_name`,
 * …), of its annotations (`vantage`), or of its `test_keys` (`x_probe`, `blocking`); or `domain` and `scheme` of the input, `date` and `outcome`; or, of
 * each handshake, `ip` and `server_name`. What has not both is no point. For a measurement that cannot be read, what is wrong with it.
 */
export function pointsOf(
  measurement: unknown,
  { rows, columns, where = [] }: Layout,
): Points | string {
  const asked = [rows, columns, ...where.map(([key]) => key)];
  const tabled = Tabled.safeParse(measurement, { error: expected });
  if (!tabled.success) return leftOut(tabled.error, measurement);
  const parts = partsFor(asked).safeParse(measurement, { error: expected });
  if (!parts.success) return leftOut(parts.error, measurement);
  const whole = tabled.data;
  let lacks = parts.data.length > 0 ? undefined : [rows, columns].find((key) => OF_PARTS.has(key));
  const points = parts.data.flatMap((part): MeasuredPoint[] => {
    const outcome = part.outcome ?? outcomeOf(whole);
    const label = (key: string): string | undefined =>
      spelt(key, labelOf(whole, { ...part, outcome }, key));
    if (!where.every(([key, value]) => label(key) === spelt(key, value))) return [];
    const [row, column] = [label(rows), label(columns)];
    if (row !== undefined && column !== undefined) return [{ row, column, outcome }];
    lacks ??= row === undefined ? rows : columns;
    return [];
  });
  return { points, lacks: points.length > 0 ? undefined : lacks };
}

/** One spelling for each name, address and scheme, so that each has one row. */
function spelt(key: string, label: string | undefined): string | undefined {
  return label && (SPELLINGS[key]?.(label) ?? label);
}

const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  domain: asciiName,
  server_name: asciiName,
  ip: canonicalAddress,
  scheme: (text) => text.toLowerCase(),
};

function leftOut(error: z.ZodError, measurement: unknown): string {
  return `left out: ${tellProblems(error, measurement)[0]?.message}`;
}

/** What a measurement is divided into for these keys. What is not asked for need not be readable. */
function partsFor(asked: readonly string[]): z.ZodType<readonly Part[]> {
  if (asked.includes('server_name')) return Handshakes;
  return asked.includes('ip') ? Connects : Whole;
}

const OF_PARTS: ReadonlySet<string> = new Set(['ip', 'server_name']);

interface Part {
  readonly ip?: string | undefined;
  readonly server_name?: string | undefined;
  readonly outcome?: string;
}

function labelOf(whole: Tabled, part: Part, key: string): string | undefined {
  if (key in part) return text(part[key as keyof Part]);
  if (key === 'domain') return text(whole.test_keys.domain) ?? domainOf(whole.input ?? '');
  if (key === 'scheme') return /^[a-z]+(?=:)/i.exec(whole.input ?? '')?.[0];
  if (key === 'date') return dayOf(whole);
  return text(whole[key]) ?? text(whole.annotations?.[key]) ?? text(whole.test_keys[key]);
}

function dayOf(whole: Tabled): string | undefined {
  const read = readDay(whole['measurement_start_time']);
  return 'day' in read ? read.day : undefined;
}

/** A row or a column without a name would tell nothing. */
function text(value: unknown): string | undefined {
  if (value === null) return 'null';
  if (value === '') return undefined;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** The name in a URL, or in a question `dns:NAME`; `undefined` where there is neither. */
function domainOf(input: string): string | undefined {
  const [, name] = /^(?:dns|dnslookup):(?:\/\/[^/]*\/)?([^?]*)/i.exec(input) ?? [];
  if (name !== undefined && name !== '') return name;
  return hostOfUrl(input) || text(input);
}

/** `ok`; how OONI calls what is not, or `unknown`. */
function outcomeOf({ test_keys: keys }: Tabled): string {
  if (keys.blocking === false) return verdictOf(keys.accessible);
  if (typeof keys.blocking === 'string') return keys.blocking || 'unknown';
  if (keys.blocking === null) return 'unknown';
  if (keys.result !== undefined) return keys.result.startsWith('success.') ? 'ok' : keys.result;
  if ('failure' in keys) return keys.failure || 'ok';
  return together(outcomesIn(keys));
}

/** Of what is not blocked. */
function verdictOf(accessible: boolean | null | undefined): string {
  if (typeof accessible !== 'boolean') return 'unknown';
  return accessible ? 'ok' : 'down';
}

/** Of tests that do not say how they came out: of each ping or lookup, or of the farthest handshake for the name in question. */
function outcomesIn(keys: Tabled['test_keys']): (Outcome | undefined)[] {
  const farthest = keys.iterative_trace?.flatMap(
    ({ target_trace }) => target_trace.iterations.at(-1) ?? [],
  );
  return [
    ...(keys.pings ?? []).flatMap(stepsOf),
    ...Object.values(keys.lookups ?? {}).map(failureIn),
    ...(farthest ?? []).map(({ handshake }) => failureIn(handshake)),
  ];
}

/** Of quicping, tcpping, tlsping, simplequicping and dnsping; before 2022-07-08, dnsping had a list of queries (ts-035). */
function stepsOf({ failure, tcp_connect, tls_handshake, quic_handshake, query }: Ping) {
  const made = [tls_handshake, quic_handshake, ...[query ?? []].flat()];
  return [
    ...(failure === undefined ? [] : [failure || null]),
    ...(tcp_connect ? [connectOf(tcp_connect.status)] : []),
    ...made.flatMap((one) => (one ? [failureIn(one)] : [])),
  ];
}

function failureIn({ failure }: Failing): Outcome | undefined {
  return failure === undefined ? undefined : failure || null;
}

/** The first failure; without one, `ok` only if the outcome of each is known. */
function together(outcomes: readonly (Outcome | undefined)[]): string {
  const failure = outcomes.find((outcome) => typeof outcome === 'string');
  const isKnown = outcomes.length > 0 && !outcomes.includes(undefined);
  return failure ?? (isKnown ? 'ok' : 'unknown');
}

const Failing = z.object({ failure: Failure });
type Failing = z.output<typeof Failing>;

const Ping = z.object({
  failure: Failure,
  tcp_connect: z.object({ status: ConnectStatus }).nullish(),
  tls_handshake: Failing.nullish(),
  quic_handshake: Failing.nullish(),
  query: z.union([Failing, listOf(Failing)]).nullish(),
});
type Ping = z.output<typeof Ping>;

const TabledKeys = z.looseObject({
  failure: Failure,
  blocking: z.union([z.string(), z.boolean()]).nullish(),
  accessible: z.boolean().nullish(),
  result: z.string().optional(),
  domain: z.string().optional(),
  pings: listOf(Ping).nullish(),
  lookups: recordOf(Failing).nullish(),
  iterative_trace: listOf(
    z.object({
      target_trace: z.object({ iterations: listOf(z.object({ handshake: Failing })) }),
    }),
  ).nullish(),
});

/** As much of a measurement as tables are made of, whoever wrote it. */
const Tabled = z.looseObject({
  input: z.string().nullish(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
  test_keys: TabledKeys,
});
type Tabled = z.output<typeof Tabled>;

const Whole = z.unknown().transform((): readonly Part[] => [{}]);

const { tls_handshakes } = RecordedKeys.shape;
const Shaken = RecordedHandshake.nullish();
/** Of tlsping and simplequicping. */
const ShakenPings = listOf(z.object({ tls_handshake: Shaken, quic_handshake: Shaken })).nullish();
/** Of sni_blocking; web_connectivity has something else of that name. */
const Subresult = z.object({ tls_handshakes }).nullish().catch(undefined);
const Handshakes = z
  .object({
    test_keys: z.object({
      ...{ tls_handshakes, target: Subresult, control: Subresult, pings: ShakenPings },
    }),
  })
  .transform(({ test_keys: { target, control, pings, ...keys } }): readonly Part[] =>
    [keys, target, control]
      .flatMap((one) => one?.tls_handshakes ?? [])
      .concat((pings ?? []).flatMap((one) => one.tls_handshake ?? one.quic_handshake ?? []))
      .map((handshake) => ({
        ip: handshake.address ? parseEndpoint(handshake.address).address : undefined,
        server_name: handshake.server_name ?? undefined,
        outcome: together([handshakeOf(handshake)?.failure]),
      })),
  );

const Connect = z.object({ ip: z.string(), status: ConnectStatus });
const Connects = z
  .object({
    test_keys: z.object({
      tcp_connect: listOf(Connect).nullish(),
      /** Of tcpping. */
      pings: listOf(z.object({ tcp_connect: Connect.nullish() })).nullish(),
    }),
  })
  .transform(({ test_keys: { tcp_connect, pings } }): readonly Part[] =>
    [...(tcp_connect ?? []), ...(pings ?? []).flatMap((ping) => ping.tcp_connect ?? [])].map(
      ({ ip, status }) => ({ ip: ip || undefined, outcome: together([connectOf(status)]) }),
    ),
  );
