import { findStrategy } from '../../evasion/find.ts';
import { randomFrom } from '../../evasion/random.ts';
import type { Strategy, WebCarrier } from '../../evasion/strategy.ts';
import type { ProbeRequest } from '../observation.ts';

/** How a strategy changes what a program says, before packets are made of it. */
export interface Surface {
  readonly spell: (name: string) => string;
  /** Of the first bytes that are written. */
  readonly first: FirstWrite | undefined;
  readonly port: number | undefined;
}

export interface FirstWrite {
  readonly says: (bytes: Uint8Array) => Uint8Array;
  /** Before it, in ms. */
  readonly pause: number;
}

/** For the name that is asked for; without a strategy, nothing is changed. */
export function surfaceOf(
  { strategy, needle }: ProbeRequest,
  carrier: WebCarrier,
  name: string,
): Surface {
  if (strategy === undefined) return PLAIN;
  const { spell = asItIs, says, pause = 0, ports }: Strategy = findStrategy(strategy);
  const looksFor = needle === undefined || needle === name ? spell(name) : needle;
  const facts = { name: looksFor, dyingTtl: 0, random: randomFrom(0) };
  const changes = says !== undefined || pause > 0;
  const first = { says: (bytes: Uint8Array) => says?.(bytes, facts) ?? bytes, pause };
  return { spell, first: changes ? first : undefined, port: ports?.[carrier] };
}

function asItIs(name: string): string {
  return name;
}

const PLAIN: Surface = { spell: asItIs, first: undefined, port: undefined };
