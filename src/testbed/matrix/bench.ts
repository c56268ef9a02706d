import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatEndpoint } from '../../base/address.ts';
import { decoyNameFor } from '../../evasion/request.ts';
import { wireOf } from '../../evasion/shape.ts';
import type { Asking, Strategy } from '../../evasion/strategy.ts';
import type { Attempt } from '../../evasion/verdict.ts';
import type { ConnectionRecord } from '../../origin/connection-log.ts';
import type { Observation, ProbeRequest } from '../../probe/observation.ts';
import { layoutOf } from '../../scenario/layout.ts';
import type { Scenario } from '../../scenario/schema.ts';
import type { Lab } from '../lab.ts';
import { CLIENTS_FILE } from '../lab-config.ts';
import { pathOutwards, placeOf } from '../lab-path.ts';
import { ClientsWire } from './clients-wire.ts';
import type { Ask, MatrixTarget } from './target.ts';

/** Makes attempts in a lab that rewrites packets, each from a port of its own. */
export class Bench {
  readonly #lab: Lab;
  readonly #scenario: Scenario;
  readonly #seed: number;
  #used = 0;
  readonly #wire: ClientsWire;

  /** `out`: the lab's folder, where its captures are. */
  constructor(lab: Lab, scenario: Scenario, seed: number, out: string) {
    this.#lab = lab;
    this.#scenario = scenario;
    this.#seed = seed;
    this.#wire = new ClientsWire(join(out, CLIENTS_FILE), isOwnPort);
  }

  async attempt(strategy: Strategy, target: MatrixTarget, ask: Ask): Promise<Attempt> {
    const { from, name } = ask;
    const localPort = FIRST_PORT + (this.#used++ % (LAST_PORT - FIRST_PORT + 1));
    const spelt = strategy.spell?.(name) ?? name;
    const needle = ask.needle === name ? spelt : ask.needle;
    const dyingTtl = this.#dyingTtl(ask);
    const at = { host: from, port: localPort };
    if (strategy.rewriter !== undefined) {
      const use = { strategy: strategy.id, name: needle, dyingTtl, seed: this.#seed };
      await this.#lab.rewrite({ do: 'use', ...at, use });
    }
    const host = ask.host;
    const mark = await this.#lab.mark(host);
    const { request, isThere } = this.#requestOf(strategy, target, ask, localPort);
    const observation = await this.#lab.probe(from, request);
    const { skipped: without = observation.broken } = observation;
    if (without !== undefined) throw new Error(without);
    const own = await this.#connectionsOf(ask, mark, localPort);
    const changed = await this.#lab.rewrite({ do: 'forget', ...at });
    const facts = {
      name: needle,
      dyingTtl,
      carrier: target.over,
      ownResolver: this.#resolverOf(ask),
    };
    const wire = wireOf(this.#wire.take(localPort));
    const isUnchanged = strategy.rewriter !== undefined && changed === 0;
    return {
      hasSucceeded: isThere(observation),
      hasLeaked: own.some((one) => isDecoy(one, needle, needle !== spelt)),
      missing:
        strategy.shape?.(wire, facts) ?? (isUnchanged ? 'a packet that was changed' : undefined),
      failure: observation.failure,
      local: formatEndpoint(this.#addressOf(from, strategy.ip ?? 4), localPort),
    };
  }

  close(): void {
    this.#wire.close();
  }

  #requestOf(
    strategy: Strategy,
    target: MatrixTarget,
    ask: Ask,
    localPort: number,
  ): { request: ProbeRequest; isThere: (seen: Observation) => boolean } {
    const { over, tls, group } = target;
    const { host, port, name, path, needle } = ask;
    const common = { ip: strategy.ip ?? 4, localPort, timeoutMs: TIMEOUT };
    if (over === 'dns') {
      const asking: Asking = { whom: target.whom, by: 'udp', ...strategy.asks };
      const whom = asking.whom === 'own' ? '' : '//server/';
      const url = `dns:${whom}${strategy.spell?.(name) ?? name}`;
      const truth = this.#addressOf(host, common.ip);
      return {
        request: { ...common, probe: 'dig', url, transport: asking.by },
        isThere: ({ failure, addresses }) => failure === null && addresses?.join() === truth,
      };
    }
    const url = `${over}://${name}:${port}${path}`;
    const more = {
      connect: host,
      strategy: strategy.id,
      needle,
      ...(over === 'http' ? { host: name, keepsPage: true } : {}),
    };
    return {
      request: { ...common, probe: over, url, tls, group, ...more },
      // Over TLS, who answers is whose certificate it is; a censor may answer in the place of others.
      isThere: ({ failure, status, page = '' }) =>
        failure === null && status === 200 && (over === 'https' || isPageOf(name, page)),
    };
  }

  async #connectionsOf(
    { host, from }: Ask,
    mark: Awaited<ReturnType<Lab['mark']>>,
    localPort: number,
  ): Promise<readonly ConnectionRecord[]> {
    const { ipv4, ipv6 } = this.#lab.hosts[from] as Lab['hosts'][string];
    const ends = [ipv4, ipv6].map((one) => formatEndpoint(one, localPort));
    for (let waited = 0; ; waited += POLL) {
      const all = await this.#lab.connections(host, mark);
      const own = all.filter(({ remote = '' }) => ends.includes(remote));
      const haveEnded = own.every(({ end }) => end !== 'open');
      if (waited >= MARGIN && (haveEnded || waited >= SETTLE_LIMIT)) return own;
      await pause(POLL);
    }
  }

  #addressOf(host: string, ip: 4 | 6): string {
    const { ipv4, ipv6 } = this.#lab.hosts[host] as Lab['hosts'][string];
    return ip === 4 ? ipv4 : ipv6;
  }

  #resolverOf({ from }: Ask): string | undefined {
    const resolver = this.#lab.hosts[from]?.resolver ?? '';
    return this.#lab.hosts[resolver]?.ipv4;
  }

  /** With which a packet passes the last box on the way, and dies at the next router. */
  #dyingTtl({ from, host }: Ask): number {
    const layout = layoutOf(this.#scenario);
    const path = pathOutwards(layout, from, host);
    const hops = layout.boxes.flatMap(({ id }) => placeOf(path, id)?.hop ?? []);
    return Math.max(1, ...hops);
  }
}

/** Whether a server took a decoy for a request: by its name, or by what stands for a keyword of the path. */
function isDecoy({ sni, requests }: ConnectionRecord, needle: string, isKeyword: boolean): boolean {
  const decoy = decoyNameFor(needle);
  if (isKeyword) return requests.some(({ url }) => url.includes(decoy) && !url.includes(needle));
  return needle !== '' && (sni === decoy || requests.some(({ host }) => host === decoy));
}

/** As all of a lab's web servers write it, however the name was spelt. */
function isPageOf(name: string, page: string): boolean {
  const [, host = ''] = /<h1>([^<]*)<\/h1>/.exec(page) ?? [];
  return host.toLowerCase().replace(/\.?(:\d+)?$/, '') === name.toLowerCase();
}

function isOwnPort(port: number): boolean {
  return port >= FIRST_PORT && port <= LAST_PORT;
}

/** Below those that Linux hands out by itself; none twice until all have been, for captures are told apart by them. */
const FIRST_PORT = 10_000;
const LAST_PORT = 31_999;
/** For each step, in ms: time enough for Linux to send something three times. */
const TIMEOUT = 3000;
const POLL = 15;
/** In which a server of a busy machine has written down what it got. */
const MARGIN = 60;
const SETTLE_LIMIT = 1000;
