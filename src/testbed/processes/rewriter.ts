import { type Calendar, since } from '../../base/calendar.ts';
import { messageOf } from '../../base/errors.ts';
import { unwritten } from '../../base/writing.ts';
import { inNetworkNamespace } from '../../dataplane/ffi/libc.ts';
import { type LinkCounters, Middlebox } from '../../dataplane/middlebox.ts';
import { findStrategy } from '../../evasion/find.ts';
import { randomFrom } from '../../evasion/random.ts';
import type { Rewriter } from '../../evasion/rewriter.ts';
import { Rewriting } from '../../evasion/rewriting.ts';
import { answer, readLine, STDIN } from './control-lines.ts';

/** One line of JSON on stdin, then orders; each answer is a line on stdout. The end of stdin ends the process. */
export interface RewriterConfig {
  /** Path of the network namespace with the interfaces. */
  readonly namespace: string;
  readonly places: readonly RewriterPlace[];
  readonly calendar: Calendar;
  /** What each host's kernel said, and what left in its place. */
  readonly capture: string | undefined;
}

/** Between a host and its router. */
export interface RewriterPlace {
  readonly host: string;
  /** The host's own addresses. */
  readonly addresses: readonly string[];
  readonly left: string;
  readonly right: string;
}

/** How a connection is to be rewritten. */
export interface StrategyUse {
  /** An id of the catalogue, or a strategy as Geneva writes it. */
  readonly strategy: string;
  readonly name: string;
  readonly dyingTtl: number;
  readonly seed: number;
}

export type RewriterOrder =
  | { readonly do: 'use'; readonly host: string; readonly port: number; readonly use: StrategyUse }
  | { readonly do: 'use-for-others'; readonly host: string; readonly use: StrategyUse | null }
  | { readonly do: 'forget'; readonly host: string; readonly port: number }
  | { readonly do: 'count'; readonly host: string };

function main(): void {
  const config = JSON.parse(readLine() ?? '') as RewriterConfig;
  const hosts = new Map(
    config.places.map(({ host, addresses }) => [
      host,
      new Rewriting((address) => addresses.includes(address)),
    ]),
  );
  const boxes = config.places.map(({ host, left, right }) => ({
    left,
    right,
    leftLink: NO_TIME,
    rightLink: NO_TIME,
    seed: 0,
    engine: hosts.get(host) as Rewriting,
    onDecision: () => undefined,
  }));
  const options = {
    boxes,
    calendar: since(config.calendar, performance.timeOrigin),
    profile: 'strategies',
    capture: config.capture,
    controlFd: STDIN,
    onControl: ({ captureFailed }: LinkCounters) => {
      const line = readLine();
      if (line === undefined) return 'stop' as const;
      if (captureFailed > 0) {
        // What a strategy did is looked up in the capture.
        answer({ wrong: `${config.capture} could not be written`, code: 'OUTPUT_FAILED' });
        return 'continue' as const;
      }
      try {
        answer({ done: carryOut(hosts, JSON.parse(line) as RewriterOrder) });
      } catch (error) {
        answer({ wrong: messageOf(error) });
      }
      return 'continue' as const;
    },
  };
  const middlebox = inNetworkNamespace(config.namespace, () => new Middlebox(options));
  answer('ready');
  const failure = middlebox.run();
  if (failure !== undefined) process.stderr.write(unwritten(config.capture as string, failure));
}

/** How many packets were changed, where that is asked. */
function carryOut(hosts: ReadonlyMap<string, Rewriting>, order: RewriterOrder): number {
  const rewriting = hosts.get(order.host);
  if (rewriting === undefined) throw new Error(`no packets of host ${order.host} pass here`);
  switch (order.do) {
    case 'use':
      rewriting.use(order.port, rewriterFor(order.use));
      return 0;
    case 'use-for-others': {
      const { use } = order;
      rewriting.useForOthers(use === null ? undefined : () => rewriterFor(use));
      return 0;
    }
    case 'forget':
      return rewriting.forget(order.port);
    case 'count':
      return rewriting.changed;
  }
}

function rewriterFor({ strategy, seed, ...facts }: StrategyUse): Rewriter {
  const found = findStrategy(strategy);
  return found.rewriter?.({ ...facts, random: randomFrom(seed) }) ?? UNCHANGED;
}

const UNCHANGED: Rewriter = { out: () => undefined };
const NO_TIME = { delay: 0, jitter: 0, loss: 0 };

main();
