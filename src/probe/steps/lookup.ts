import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { withoutBrackets } from '../../base/address.ts';
import type { Millis } from '../../base/units.ts';
import { failureOf, ProbeTimeout } from '../failure.ts';
import { type Answered, type AsnOf, addressAnswer } from './answers.ts';
import type { Leg, Trace } from './trace.ts';

/**
 * The addresses of a name, by the machine's own resolver (getaddrinfo). It is waited for `timeoutMs` at most: getaddrinfo itself
 * has no limit while a resolver goes on sending over TCP. What it then does goes on in a thread of its own.
 */
export async function lookUp(
  trace: Trace,
  leg: Leg,
  hostname: string,
  /** 0: either. */
  ip: 4 | 6 | 0,
  asnOf: AsnOf,
  timeoutMs: Millis = LOOKUP_LIMIT,
): Promise<Answered & { readonly says: string }> {
  const t0 = trace.seconds();
  const name = withoutBrackets(hostname);
  const note = (failure: string | null, addresses: readonly string[], code?: number): void => {
    trace.queries.push({
      answers: failure === null ? addresses.map((one) => addressAnswer(one, null, asnOf)) : null,
      engine: 'getaddrinfo',
      failure,
      ...(code === undefined ? {} : { getaddrinfo_error: code }),
      hostname: name,
      query_type: 'ANY',
      resolver_hostname: null,
      resolver_port: null,
      resolver_address: '',
      t0,
      t: trace.seconds(),
      ...leg,
    });
  };
  try {
    const found = await inTime(name, ip, timeoutMs);
    const addresses = found.map(({ address }) => address);
    note(null, addresses);
    return { failure: null, addresses, says: '' };
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    const failure = failureOf(reason);
    note(failure, [], EAI[reason.errno ?? 0]);
    return { failure, addresses: [], says: reason.message };
  }
}

/** Lookups that were given up, and of which a thread has not come back: this process cannot end in order. */
export function stuckLookups(): number {
  return stuck;
}

async function inTime(
  hostname: string,
  family: 4 | 6 | 0,
  limit: Millis,
): Promise<LookupAddress[]> {
  let isOver = false;
  let isGivenUp = false;
  const looking = lookup(hostname, { family, all: true }).finally(() => {
    isOver = true;
    if (isGivenUp) stuck--;
  });
  const over = new AbortController();
  const late = pause(limit, undefined, { signal: over.signal }).then(() => {
    isGivenUp = !isOver;
    if (isGivenUp) stuck++;
    throw new ProbeTimeout(`no address within ${limit / 1000} s`);
  });
  // The one that loses is not looked at.
  looking.catch(() => undefined);
  late.catch(() => undefined);
  return Promise.race([looking, late]).finally(() => over.abort());
}

let stuck = 0;
/** As long as glibc takes for two resolvers that are silent, and a little more (resolv.conf(5): 5 s, twice each). */
const LOOKUP_LIMIT: Millis = 25_000;
/** glibc's numbers (netdb.h), by libuv's (uv/errno.h). */
const EAI: Readonly<Record<number, number>> = {
  [-3001]: -3,
  [-3004]: -4,
  [-3007]: -5,
  [-3008]: -2,
};
