import { randomInt } from 'node:crypto';
import { constants, writeFileSync } from 'node:fs';
import { since } from '../../base/calendar.ts';
import { messageOf } from '../../base/errors.ts';
import { unwritten } from '../../base/writing.ts';
import type { BoxOptions } from '../../dataplane/box.ts';
import { inNetworkNamespace } from '../../dataplane/ffi/libc.ts';
import { Middlebox, type MiddleboxOptions } from '../../dataplane/middlebox.ts';
import { Engine, type EngineCounters } from '../../engine/engine.ts';
import { openOwn } from '../../files/own-file.ts';
import type { BoxPlace, SideOfBox } from '../../scenario/layout.ts';
import { policyOf, rulesAt } from '../../scenario/policy.ts';
import type { CensorConfig } from '../lab-config.ts';
import { answer, readLine, STDIN } from './control-lines.ts';

/** One line of JSON on stdin, then commands; each answer is a line on stdout. The end of stdin ends the process. */
export interface MiddleboxConfig extends CensorConfig {
  /** Path of the network namespace with the two interfaces. */
  readonly namespace: string;
  readonly boxes: readonly BoxPlace[];
  readonly capture: string | undefined;
  readonly events: string;
}

let hasFailed = false;
/** Of the event log, once there is something to write. */
let eventsFd: number | undefined;

/** The whole process is the data path's thread: it blocks in `run`, and its event loop never turns. */
function main(): void {
  const config = JSON.parse(readLine() ?? '') as MiddleboxConfig;
  const { seed } = config;
  // The engine's clock shows 0 at this process's time origin; one that is started again goes on in the same calendar.
  const calendar = since(config.calendar, performance.timeOrigin);
  const engines: Engine[] = [];
  const boxOf = ({ id, left, right, near, far }: BoxPlace): BoxOptions => {
    const policy = policyOf(rulesAt(config.rules, id), config.model);
    const engine = new Engine({ policy, seed, salt: randomInt(2 ** 32), calendar });
    engines.push(engine);
    const onDecision: BoxOptions['onDecision'] = (decision, at) => {
      const time = new Date(at).toISOString();
      const event = { event: 'decision', time, profile: config.profile, box: id, ...decision };
      append(config.events, event);
    };
    const [leftLink, rightLink] = [linkOf(near), linkOf(far)];
    return { left, right, leftLink, rightLink, seed, engine, onDecision };
  };
  const options: MiddleboxOptions = {
    boxes: config.boxes.map(boxOf),
    calendar,
    profile: config.profile,
    capture: config.capture,
    controlFd: STDIN,
    onControl: (links) => {
      if (readLine() === undefined) return 'stop';
      const flows = engines.reduce((sum, { flowCount }) => sum + flowCount, 0);
      answer({ ...sumOf(engines.map(({ counters }) => counters)), flows, ...links });
      return 'continue';
    },
  };
  // Sockets belong to the namespace they were opened in; so the process can be started before there is one.
  const middlebox = inNetworkNamespace(config.namespace, () => new Middlebox(options));
  answer('ready');
  const failure = middlebox.run();
  if (failure !== undefined) process.stderr.write(unwritten(config.capture as string, failure));
}

/** A decision that cannot be written does not end the lab at once: whoever closes it is told. None is put behind a line cut short. */
function append(file: string, event: object): void {
  if (hasFailed) return;
  try {
    eventsFd ??= openOwn(file, constants.O_WRONLY | constants.O_APPEND);
    writeFileSync(eventsFd, `${JSON.stringify(event)}\n`);
  } catch (error) {
    hasFailed = true;
    process.stderr.write(unwritten(file, messageOf(error)));
  }
}

function linkOf({ rttMs, jitterMs, loss }: SideOfBox): BoxOptions['leftLink'] {
  return { delay: rttMs / 2, jitter: jitterMs, loss };
}

/** Of all boxes together. */
function sumOf(counters: readonly EngineCounters[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of counters) {
    for (const [name, count] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

main();
