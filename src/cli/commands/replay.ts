import { ChokepointError } from '../../base/errors.ts';
import { showable } from '../../base/showable.ts';
import { observe } from '../../replay/observe.ts';
import { type ReplayResult, replay as replayCapture } from '../../replay/replay.ts';
import type { TraceEvent } from '../../replay/trace-event.ts';
import { formatTraceEvent } from '../../report/trace.ts';
import { parseDate } from '../../scenario/date.ts';
import { policyOf } from '../../scenario/policy.ts';
import { tellCut, tellOddTimes, tellTruncation } from '../capture-notices.ts';
import { type CensorOptions, censorOf, type NamedCensor, seedOf } from '../censor.ts';
import { tellUnseen } from '../censor-notices.ts';
import { jsonLine, printText, tell } from '../terminal.ts';

export interface ReplayCommandOptions extends CensorOptions {
  readonly annotate?: string;
  readonly observe?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
}

export function replay(file: string, options: ReplayCommandOptions): void {
  if (options.observe) observeFlows(file, options);
  else replayThrough(file, options);
}

function observeFlows(file: string, options: ReplayCommandOptions): void {
  const other = OF_A_CENSOR.find((name) => options[name] !== undefined);
  if (other !== undefined) {
    throw new ChokepointError('USAGE', '--observe reads a capture without a censor', {
      hint: `leave out --${other}, or leave out --observe`,
    });
  }
  const out = new Lines();
  const result = observe(file, (flow) => out.add(jsonLine(flow)));
  out.flush();
  tellTruncation(file, result);
  tellCut(result.cut);
  tellOddTimes(result.oddTimes);
}

function replayThrough(file: string, options: ReplayCommandOptions): void {
  const censor = requireCensor(options);
  const policy = policyOf(censor.rules, censor.modelOf(options.profile));
  const out = new Lines();
  const format = options.json ? jsonLine : formatTrace;
  const { annotate } = options;
  const result = replayCapture({
    file,
    policy,
    box: censor.boxIndex,
    seed: seedOf(options.seed) ?? censor.seed,
    at: options.at === undefined ? undefined : parseDate(options.at),
    annotate,
    onEvent: (event) => out.add(format(event)),
  });
  out.flush();
  tellResult(result);
  tellUnseen(censor, result.dates);
  tellTruncation(file, { ...result, packets: result.counters.packets });
}

function requireCensor(options: ReplayCommandOptions): NamedCensor {
  const censor = censorOf(options);
  if (censor !== undefined) return censor;
  throw new ChokepointError('USAGE', 'replay needs a censor', {
    hint: 'name one with --scenario or --censor, or see what could be read with --observe',
  });
}

function tellResult({ counters, copies, cut, ignored, oddTimes }: ReplayResult): void {
  const { packets, decisions, dropped } = counters;
  tell(`${packets} packets, ${decisions} decisions, ${dropped} dropped`);
  if (copies > 0)
    tell(`${copies} packets left out: a middlebox's capture has them as they came in, too`);
  const wrong = ignored['bad-tcp-checksum'] ?? 0;
  if (wrong > packets / 20) {
    tell(
      `${wrong} packets were not believed for their TCP checksums: was this captured on a host that leaves them to its card?`,
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
const OF_A_CENSOR = ['scenario', 'censor', 'profile', 'box', 'annotate', 'seed', 'at'] as const;
