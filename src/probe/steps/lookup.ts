import { lookup } from 'node:dns/promises';
import { withoutBrackets } from '../../base/address.ts';
import { failureOf } from '../failure.ts';
import { type Answered, type AsnOf, addressAnswer } from './answers.ts';
import type { Leg, Trace } from './trace.ts';

/** The addresses of a name, by the machine's own resolver (getaddrinfo). */
export async function lookUp(
  trace: Trace,
  leg: Leg,
  hostname: string,
  /** 0: either. */
  ip: 4 | 6 | 0,
  asnOf: AsnOf,
): Promise<Answered & { readonly says: string }> {
  const t0 = trace.seconds();
  const note = (failure: string | null, addresses: readonly string[], code?: number): void => {
    trace.queries.push({
      answers: failure === null ? addresses.map((one) => addressAnswer(one, null, asnOf)) : null,
      engine: 'getaddrinfo',
      failure,
      ...(code === undefined ? {} : { getaddrinfo_error: code }),
      hostname,
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
    const found = await lookup(withoutBrackets(hostname), { family: ip, all: true });
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

/** glibc's numbers (netdb.h), by libuv's (uv/errno.h). */
const EAI: Readonly<Record<number, number>> = {
  [-3001]: -3,
  [-3004]: -4,
  [-3007]: -5,
  [-3008]: -2,
};
