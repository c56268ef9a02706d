import type { Millis } from '../../base/units.ts';
import { RST } from '../../wire/tcp.ts';
import type { ResidualRequest, TriggerPacket } from './request.ts';
import { type BoxMemory, type Duration, type Look, measureDuration } from './residual-steps.ts';
import type { Station } from './station.ts';
import { FULL_TTL, type Trial } from './trial.ts';
import { tryTrigger } from './try-trigger.ts';

/** Which other packets share the fate of a flow that set the box off, from narrow to wide. */
const SCOPES = ['4-tuple', '3-tuple', '2-tuple', 'source'] as const;
export type ResidualScope = (typeof SCOPES)[number];

/** What goes on after the trigger, with other connections. */
export interface Residual {
  /** The widest that is caught. */
  readonly scope: ResidualScope | 'none';
  /** Of one that is caught. */
  readonly duration: Duration | undefined;
  /** Scopes for which there is nothing to ask. */
  readonly untold: readonly ResidualScope[];
}

/** What it takes to set a box off and to look at what it does afterwards. */
export interface ResidualMeans {
  readonly station: Station;
  readonly blocked: TriggerPacket;
  readonly allowed: TriggerPacket;
  /** For an answer. */
  readonly patience: Millis;
}

/** Begins when the box is at rest, and leaves it so if what goes on ends within the limit. */
export async function measureResidual(
  means: ResidualMeans,
  request: ResidualRequest,
): Promise<Residual> {
  const untold = SCOPES.filter(
    (scope) =>
      (scope === '2-tuple' && request.otherPort === undefined) ||
      (scope === 'source' && request.elsewhere === undefined),
  );
  const elsewhere = await answerOf(means, request.elsewhere);
  const memory = new Memory(means, request, elsewhere);
  await memory.trigger();
  const scope = await widestCaught(
    memory,
    SCOPES.filter((one) => !untold.includes(one)),
  );
  if (scope === undefined) return { scope: 'none', duration: undefined, untold };
  return { scope, duration: await measureDuration(memory, request.limitMs), untold };
}

/** Looks now and then, less and less often: whether the box is at rest, or comes to it within the limit. */
export async function comesToRest(
  means: ResidualMeans,
  limit: Millis,
): Promise<'at once' | 'later' | 'never'> {
  for (let wait = 0; ; wait = Math.min(Math.max(FIRST_WAIT, 2 * wait), limit)) {
    await pause(wait);
    if (await isAtRest(means)) return wait === 0 ? 'at once' : 'later';
    if (wait >= limit) return 'never';
  }
}

/** Whether other connections of the same client, server and port get through right now. Two at once: a packet may be lost. */
async function isAtRest(means: ResidualMeans): Promise<boolean> {
  const answered = await Promise.all([isAnswered(means), isAnswered(means)]);
  return answered.includes(true);
}

async function isAnswered({ station, allowed, patience }: ResidualMeans): Promise<boolean> {
  const isEnough = ({ answers }: Trial): boolean => answers.some(isReplyOrReset);
  const trial = await tryTrigger(station, allowed, { ttl: FULL_TTL, patience, isEnough });
  return trial?.answers.find(isReplyOrReset)?.acknowledgesTrigger ?? false;
}

/** The memory is left to the scope that is caught. */
async function widestCaught(
  memory: Memory,
  scopes: readonly ResidualScope[],
): Promise<ResidualScope | undefined> {
  for (const time of FIRST_LOOKS) {
    for (const scope of [...scopes].reverse()) {
      memory.scope = scope;
      if (!(await memory.look(time)).isFree) return scope;
    }
  }
  return undefined;
}

class Memory implements BoxMemory {
  scope: ResidualScope = '4-tuple';
  readonly #means: ResidualMeans;
  readonly #request: ResidualRequest;
  /** How the other host answers when all is well. */
  readonly #elsewhere: string | undefined;
  #triggeredAt = 0;
  #port = 0;

  constructor(means: ResidualMeans, request: ResidualRequest, elsewhere: string | undefined) {
    this.#means = means;
    this.#request = request;
    this.#elsewhere = elsewhere;
  }

  async trigger(): Promise<void> {
    const { station, blocked, patience } = this.#means;
    this.#port = station.nextPort();
    const isEnough = ({ answers }: Trial): boolean =>
      answers.some(({ flags }) => (flags & RST) !== 0);
    const options = { ttl: FULL_TTL, patience, port: this.#port, isEnough };
    const trial = await tryTrigger(station, blocked, options);
    this.#triggeredAt = trial?.sentAt ?? Date.now();
  }

  async look(time: Millis): Promise<Look> {
    await pause(this.#triggeredAt + time - Date.now());
    const at = Date.now() - this.#triggeredAt;
    return { at, isFree: await this.#isFree() };
  }

  async #isFree(): Promise<boolean> {
    const { allowed } = this.#means;
    switch (this.scope) {
      case '4-tuple':
        return answersSyns(this.#means, this.#port);
      case '3-tuple':
        return isAtRest(this.#means);
      case '2-tuple':
        return isAtRest({ ...this.#means, allowed: this.#request.otherPort ?? allowed });
      case 'source':
        return this.#isElsewhereFree();
    }
  }

  async #isElsewhereFree(): Promise<boolean> {
    const ask = (): Promise<string | undefined> => answerOf(this.#means, this.#request.elsewhere);
    return (await Promise.all([ask(), ask()])).includes(this.#elsewhere);
  }
}

/** Of the same ports, one after the other. The server may still remember the connection: any answer but a RST will do. */
async function answersSyns(means: ResidualMeans, port: number): Promise<boolean> {
  const { station, allowed, patience } = means;
  const syn: TriggerPacket = { kind: 'syn', address: allowed.address, port: allowed.port };
  const isEnough = ({ answers }: Trial): boolean => answers.length > 0;
  for (let i = 0; i < 2; i++) {
    const trial = await tryTrigger(station, syn, { ttl: FULL_TTL, patience, isEnough, port });
    if (trial?.answers.some(({ flags }) => (flags & RST) === 0)) return true;
  }
  return false;
}

/** To a SYN, whether the port is open or not: whoever answers in the host's place does so with another TTL. */
async function answerOf(
  { station, patience }: ResidualMeans,
  host: TriggerPacket | undefined,
): Promise<string | undefined> {
  if (host === undefined) return undefined;
  const isEnough = ({ answers }: Trial): boolean => answers.length > 0;
  const trial = await tryTrigger(station, host, { ttl: FULL_TTL, patience, isEnough });
  const [answer] = trial?.answers ?? [];
  return answer && `${answer.flags} ${answer.ttl}`;
}

function pause(milliseconds: Millis): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}

function isReplyOrReset({ flags, acknowledgesTrigger }: Trial['answers'][number]): boolean {
  return acknowledgesTrigger || (flags & RST) !== 0;
}

/** In ms: what goes on may begin a little after its trigger. */
const FIRST_LOOKS: readonly Millis[] = [0, 500];
const FIRST_WAIT = 500;
