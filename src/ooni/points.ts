import * as z from 'zod';
import { parseEndpoint } from '../base/address.ts';
import { readDay } from './date.ts';
import { expected, tellProblems } from './tell-problems.ts';

/** One measurement, or one handshake of it, under two labels, and how it came out. */
export interface MeasuredPoint {
  readonly row: string;
  readonly column: string;
  readonly outcome: string;
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
): MeasuredPoint[] | string {
  const read = Tabled.safeParse(measurement, { error: expected });
  if (!read.success) return `left out: ${tellProblems(read.error, measurement)[0]?.message}`;
  const whole = read.data;
  const asked = [rows, columns, ...where.map(([key]) => key)];
  const parts = asked.includes('server_name')
    ? handshakesOf(whole)
    : asked.includes('ip')
      ? connectsOf(whole)
      : [{}];
  return parts.flatMap((part): MeasuredPoint[] => {
    const outcome = part.outcome ?? outcomeOf(whole);
    const label = (key: string): string | undefined => labelOf(whole, { ...part, outcome }, key);
    const isAsked = where.every(([key, value]) => label(key) === value);
    const [row, column] = [label(rows), label(columns)];
    return isAsked && row !== undefined && column !== undefined ? [{ row, column, outcome }] : [];
  });
}

interface Part {
  readonly ip?: string;
  readonly server_name?: string;
  readonly outcome?: string;
}

function labelOf(whole: Tabled, part: Part, key: string): string | undefined {
  if (key in part) return text(part[key as keyof Part]);
  if (key === 'domain') return whole.test_keys.domain ?? domainOf(whole.input ?? '');
  if (key === 'scheme') return /^[a-z]+(?=:)/.exec(whole.input ?? '')?.[0];
  if (key === 'date') return dayOf(whole);
  return text(whole[key]) ?? text(whole.annotations?.[key]) ?? text(whole.test_keys[key]);
}

function dayOf(whole: Tabled): string | undefined {
  const read = readDay(whole['measurement_start_time']);
  return 'day' in read ? read.day : undefined;
}

function text(value: unknown): string | undefined {
  if (value === null) return 'null';
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** The name in a URL, or in a question `dns:NAME`. */
function domainOf(input: string): string {
  const [, name] = /^(?:dns|dnslookup):(?:\/\/[^/]*\/)?([^?]*)/.exec(input) ?? [];
  if (name !== undefined && name !== '') return name;
  return URL.canParse(input) ? new URL(input).hostname || input : input;
}

/** `ok`; how OONI calls what is not, or `unknown`. */
function outcomeOf({ test_keys: keys }: Tabled): string {
  if (keys.blocking === false) return keys.accessible === false ? 'down' : 'ok';
  if (typeof keys.blocking === 'string') return keys.blocking;
  if (keys.blocking === null) return 'unknown';
  if (keys.result !== undefined) return keys.result.startsWith('success.') ? 'ok' : keys.result;
  if ('failure' in keys) return keys.failure ?? 'ok';
  const failures = failuresIn(keys);
  if (failures.length === 0) return 'unknown';
  return failures.find((failure) => typeof failure === 'string') ?? 'ok';
}

/** Of tests that do not say how they came out: of each ping or lookup, or of the farthest handshake for the name in question. */
function failuresIn(keys: Tabled['test_keys']): (string | null | undefined)[] {
  const pings = keys.pings?.map(({ tcp_connect }) => tcp_connect.status.failure) ?? [];
  const lookups = Object.values(keys.lookups ?? {}).map(({ failure }) => failure);
  const farthest = keys.iterative_trace?.flatMap(
    ({ target_trace }) => target_trace.iterations.at(-1) ?? [],
  );
  return [...pings, ...lookups, ...(farthest ?? []).map(({ handshake }) => handshake.failure)];
}

function handshakesOf({ test_keys }: Tabled): Part[] {
  const { tls_handshakes, target, control } = test_keys;
  const ofSni = [target, control].flatMap((one) => one?.tls_handshakes ?? []);
  return [...(tls_handshakes ?? []), ...ofSni].map(({ address, server_name, failure }) => ({
    ip: parseEndpoint(address).address,
    server_name,
    outcome: failure ?? 'ok',
  }));
}

function connectsOf({ test_keys }: Tabled): Part[] {
  return (test_keys.tcp_connect ?? []).map(({ ip, status }) => ({
    ip,
    outcome: status.failure ?? 'ok',
  }));
}

const Failure = z.string().nullish();

const Handshakes = z
  .array(z.object({ address: z.string(), server_name: z.string(), failure: Failure }))
  .nullish();
const Connect = z.object({ ip: z.string(), status: z.object({ failure: Failure }) });
/** Of sni_blocking; web_connectivity has something else of that name. */
const Subresult = z.object({ tls_handshakes: Handshakes }).nullish().catch(undefined);

/** As much of a measurement as tables are made of, whoever wrote it. */
const Tabled = z.looseObject({
  input: z.string().nullish(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
  test_keys: z.looseObject({
    failure: Failure,
    blocking: z.union([z.string(), z.boolean()]).nullish(),
    accessible: z.boolean().nullish(),
    result: z.string().optional(),
    domain: z.string().optional(),
    tls_handshakes: Handshakes,
    tcp_connect: z.array(Connect).nullish(),
    target: Subresult,
    control: Subresult,
    pings: z.array(z.object({ tcp_connect: Connect })).nullish(),
    lookups: z.record(z.string(), z.object({ failure: Failure })).nullish(),
    iterative_trace: z
      .array(
        z.object({
          target_trace: z.object({
            iterations: z.array(z.object({ handshake: z.object({ failure: Failure }) })),
          }),
        }),
      )
      .nullish(),
  }),
});
type Tabled = z.output<typeof Tabled>;
