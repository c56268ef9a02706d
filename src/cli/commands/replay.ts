import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { showable } from '../../base/showable.ts';
import type { Model, Tunnels } from '../../policy/model.ts';
import { observeAlong } from '../../replay/observe.ts';
import type { ObservedFlow } from '../../replay/observed-flow.ts';
import { type ReplayOptions, type ReplayResult, replayAlong } from '../../replay/replay.ts';
import type { TraceEvent } from '../../replay/trace-event.ts';
import { formatTraceEvent } from '../../report/trace.ts';
import { parseDate } from '../../scenario/date.ts';
import { policyOf } from '../../scenario/policy.ts';
import {
  tellCut,
  tellFaults,
  tellGaps,
  tellOddTimes,
  tellTruncation,
  tellUnread,
} from '../capture-notices.ts';
import { type CensorOptions, censorOf, type NamedCensor, seedOf } from '../censor.ts';
import { tellUnseen } from '../censor-notices.ts';
import { type Interrupt, interruptible } from '../interrupt.ts';
import { endWithReader, jsonLine, printText, tell } from '../terminal.ts';

export interface ReplayCommandOptions extends CensorOptions {
  readonly annotate?: string;
  readonly observe?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
  readonly tunnels?: Tunnels;
}

export async function replay(file: string, options: ReplayCommandOptions): Promise<void> {
  if (options.annotate === undefined) endWithReader();
  if (options.observe) await observeFlows(file, options);
  else await replayThrough(file, options);
}

async function observeFlows(file: string, options: ReplayCommandOptions): Promise<void> {
  const other = OF_A_CENSOR.find((name) => options[name] !== undefined);
  if (other !== undefined) {
    throw new ChokepointError('USAGE', '--observe reads a capture without a censor', {
      hint: `leave out --${other}, or leave out --observe`,
    });
  }
  const out = new Lines();
  const interrupt = interruptible();
  const { signal } = interrupt;
  const emit = (flow: ObservedFlow): void => out.add(jsonLine(flow));
  const result = await observeAlong(file, emit, { signal, onWait: () => out.flush() });
  out.flush();
  if (result !== undefined) {
    if (signal.aborted)
      tell(`${counted(result.packets, 'packet')}, ${counted(result.flows, 'flow')}`);
    tellUnread(result.unread, result.packets);
    tellFaults(result.faults, undefined);
    tellCut(result.cut);
    tellGaps(result.gaps);
    tellOddTimes(result.oddTimes);
  }
  endOf(file, interrupt, result);
}

async function replayThrough(file: string, options: ReplayCommandOptions): Promise<void> {
  const censor = requireCensor(options);
  const spec = censor.modelOf(options.profile);
  const { tunnels } = options;
  const policy = policyOf(censor.rules, tunnels === undefined ? spec : { ...spec, tunnels });
  const out = new Lines();
  const format = options.json ? jsonLine : formatTrace;
  const { annotate } = options;
  const interrupt = interruptible();
  const { signal } = interrupt;
  const wanted: ReplayOptions = {
    file,
    policy,
    box: censor.boxIndex,
    seed: seedOf(options.seed) ?? censor.seed,
    at: options.at === undefined ? undefined : parseDate(options.at),
    annotate,
    onEvent: (event) => out.add(format(event)),
  };
  const result = await replayAlong(wanted, { signal, onWait: () => out.flush() });
  if (result !== undefined && options.json) out.add(jsonLine(summaryOf(result)));
  out.flush();
  if (result !== undefined) {
    tellResult(result, policy.model);
    tellUnseen(censor, result.dates);
  }
  endOf(file, interrupt, result && { ...result, packets: result.counters.packets });
}

/** An interrupt is how a capture through a pipe ends; of a file, it leaves the rest unread. */
function endOf(
  file: string,
  interrupt: Interrupt,
  result: (Parameters<typeof tellTruncation>[1] & { readonly isLive: boolean }) | undefined,
): void {
  if (!interrupt.signal.aborted) {
    if (result !== undefined) tellTruncation(file, result);
    return;
  }
  if (result === undefined) tell('interrupted before the capture began');
  else if (result.isLive) tell('interrupted: all packets that had come were read');
  else tell('interrupted: the rest of the file was not read');
  if (!result?.isLive) interrupt.passOn();
}

function requireCensor(options: ReplayCommandOptions): NamedCensor {
  const censor = censorOf(options);
  if (censor !== undefined) return censor;
  throw new ChokepointError('USAGE', 'replay needs a censor', {
    hint: 'name one with --scenario or --censor, or see what could be read with --observe',
  });
}

/** The last line of `--json`. */
function summaryOf({ counters, ignored, unread, faults, cut }: ReplayResult): object {
  const { packets, decisions, dropped } = counters;
  const { ipChecksum: ip, tcpChecksum: tcp, udpChecksum: udp, otherVersions } = faults;
  return {
    ...{ event: 'summary', packets, decisions, dropped, ignored, unread, cut },
    ...{ wrong_checksums: { ip, tcp, udp }, other_versions: otherVersions },
  };
}

function tellResult(result: ReplayResult, model: Model): void {
  const { counters, copies, ofOtherBoxes, cut, ignored, oddTimes, unread, faults } = result;
  const { packets, decisions, dropped } = counters;
  tell(`${counted(packets, 'packet')}, ${counted(decisions, 'decision')}, ${dropped} dropped`);
  tellUnread(unread, packets);
  if (copies > 0)
    tell(
      `${counted(copies, 'packet')} left out: a middlebox's capture has them as they came in, too`,
    );
  if (ofOtherBoxes > 0) tell(`${counted(ofOtherBoxes, 'packet')} of other boxes left out`);
  tellFaults(faults, model);
  const behind = ignored['after-gap'] ?? 0;
  if (behind > 0)
    tell(
      `${counted(behind, 'segment was', 'segments were')} not read: behind bytes that were acknowledged, and are not in the capture`,
    );
  const wrong = ignored['bad-tcp-checksum'] ?? 0;
  if (wrong > packets / 20) {
    tell(
      '  was this captured on a host that leaves TCP checksums to its card?',
      '  fix: capture elsewhere, or use a profile with validate.tcp_checksum: false',
    );
  }
  tellCut(cut);
  tellOddTimes(oddTimes);
}

function formatTrace(event: TraceEvent): string {
  return showable(formatTraceEvent(event));
}

/** Lines for stdout, written many at a time. */
class Lines {
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= MOST_LINES) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) printText(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

const MOST_LINES = 1000;
/** Options that mean nothing without one. */
const OF_A_CENSOR = [
  'scenario',
  'censor',
  'profile',
  'box',
  'annotate',
  'seed',
  'at',
  'tunnels',
] as const;
