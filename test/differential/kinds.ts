import { type Comparison, compareWith } from './compare.ts';
import { oddHello, oddHello13 } from './odd-hellos.ts';
import { oddHttp2 } from './odd-http2.ts';
import { oddRequest } from './odd-requests.ts';
import { HTTP_SERVERS, HTTP2_SERVERS, TLS_SERVERS, TLS13_SERVERS } from './servers.ts';

export interface Kind {
  readonly name: string;
  /** The share of them that each server takes for the blocked name, at least: otherwise they prove nothing. */
  readonly least: number;
  readonly compare: (seed: number, count: number) => Promise<Comparison>;
}

export const REQUESTS: Kind = {
  name: 'requests',
  least: 0.2,
  compare: (seed, count) =>
    compareWith(HTTP_SERVERS, seeds(seed, count).map(oddRequest), {
      blocked: '<<blocked>>',
      other: '<<allowed>>',
    }),
};

export const HTTP2: Kind = {
  name: 'connections over HTTP/2',
  least: 0.2,
  compare: (seed, count) =>
    compareWith(HTTP2_SERVERS, seeds(seed, count).map(oddHttp2), {
      blocked: '<<blocked>>',
      other: '<<allowed>>',
    }),
};

export const HELLOS: Kind = {
  name: 'ClientHellos',
  least: 0.15,
  compare: (seed, count) =>
    compareWith(TLS_SERVERS, seeds(seed, count).map(oddHello), {
      blocked: 'blocked.test',
      other: 'allowed.test',
    }),
};

export const HELLOS_13: Kind = {
  name: 'ClientHellos of TLS 1.3',
  least: 0.15,
  compare: (seed, count) =>
    compareWith(TLS13_SERVERS, seeds(seed, count).map(oddHello13), {
      blocked: 'blocked.test',
      other: 'allowed.test',
    }),
};

/** A server took enough for the blocked name, and some for the other. */
export function isEvenlyTaken(
  { blocked, other }: { readonly blocked: number; readonly other: number },
  least: number,
): boolean {
  return blocked >= least && other > 0;
}

function seeds(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
