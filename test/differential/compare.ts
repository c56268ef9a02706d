import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { Loopback } from '../support/loopback.ts';
import { Session } from '../support/session.ts';
import type { Odd } from './odd.ts';
import { type Server, startServers } from './servers.ts';

/** What servers made of what was said to them. */
export interface Comparison {
  /** By server, how many of them it took for the blocked name, and for the other. */
  readonly taken: Readonly<Record<string, { readonly blocked: number; readonly other: number }>>;
  /** A line for each that a server took for the blocked name, and in which the box saw no such name. */
  readonly missed: readonly string[];
}

/** Says each to each server, and to a box of the preset `strict`. */
export async function compareWith(
  servers: readonly Server[],
  odds: readonly Odd[],
  { blocked, other }: { readonly blocked: string; readonly other: string },
): Promise<Comparison> {
  const answers = await askAll(servers, odds);
  const seen = odds.map(seesBlocked);
  const missed: string[] = [];
  const taken = Object.fromEntries(
    servers.map(({ name, port, nameIn }) => {
      const heard = (answers.get(port) ?? []).map((text) => Buffer.from(text, 'base64'));
      const count = { blocked: 0, other: 0 };
      heard.forEach((answer, i) => {
        const isOther = nameIn ? nameIn(answer) === 'other' : answer.includes(other);
        const isBlocked = nameIn ? nameIn(answer) === 'blocked' : answer.includes(blocked);
        if (isOther) count.other++;
        if (!isBlocked) return;
        count.blocked++;
        if (!seen[i]) missed.push(`${name}, #${i}: ${odds[i]?.about}`);
      });
      return [name, count];
    }),
  );
  return { taken, missed };
}

/** Whether the box saw the blocked name in what the client says. */
function seesBlocked({ pieces }: Odd): boolean {
  const { strict } = PRESETS;
  const model = { ...strict, tcb: { ...strict.tcb, capacity: 4 } };
  const list = {
    names: ['blocked.test'],
    how: 'suffix',
    normalise: strict.host.normalise,
  } as const;
  const rules = (['http.host', 'tls.sni'] as const).map(
    (kind): Rule => ({ name: kind, trigger: names(kind, list), action: RESET }),
  );
  const session = new Session(new Engine({ policy: { model, rules } })).handshake();
  return pieces.some((piece) => session.send('client', piece).kind === 'inject');
}

async function askAll(
  servers: readonly Server[],
  odds: readonly Odd[],
): Promise<Map<number, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-differential-'));
  const loopback = await Loopback.open();
  try {
    await startServers(loopback, folder);
    const sayings = odds.map(({ pieces }) =>
      pieces.map((piece) => Buffer.from(piece).toString('base64')),
    );
    const task = JSON.stringify({ ports: servers, sayings });
    const said = await loopback.run(['node', '--import', 'tsx', ASK], task, ASKING);
    const lines = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return new Map(lines.map(({ port, answers }) => [port, answers]));
  } finally {
    await loopback.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const ASK = fileURLToPath(new URL('../programs/ask-servers.ts', import.meta.url));
/** In ms. */
const ASKING = 300_000;
