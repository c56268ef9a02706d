import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { requireFile } from '../../files/own-file.ts';
import { datesOf } from '../../replay/dates.ts';
import { explainFlow } from '../../replay/explain.ts';
import { type CollectedFlows, type FlowPackets, flowsOf } from '../../replay/flow-packets.ts';
import type { FlowEvent } from '../../replay/trace-event.ts';
import { formatExplanation } from '../../report/explanation.ts';
import { modelOf } from '../../scenario/model.ts';
import { policiesOf } from '../../scenario/policy.ts';
import type { RuleSpec } from '../../scenario/rule-schema.ts';
import { readCensorName } from '../../testbed/censor-name.ts';
import { CAPTURE_FILE, SCENARIO_FILE } from '../../testbed/lab-config.ts';
import { readRunRows } from '../../testbed/run-rows.ts';
import { tellCut, tellOddTimes, tellTruncation } from '../capture-notices.ts';
import { type CensorOptions, calendarOf, censorOf, type NamedCensor, seedOf } from '../censor.ts';
import { tellUnseen } from '../censor-notices.ts';
import { commandName } from '../command-name.ts';
import { endProgress, print, printJsonLine, printLines, progress, tell } from '../terminal.ts';
import { explainCells, isMatrix } from './explain-cells.ts';

export interface ExplainCommandOptions extends CensorOptions {
  readonly seed?: string;
  readonly json?: boolean;
}

/**
 * `target` is a run folder or a capture, and `wanted` a flow's number in it, or one of its ends; or a matrix's folder and one of its
 * cells.
 */
export function explain(
  target: string,
  wanted: string | undefined,
  options: ExplainCommandOptions,
): void {
  if (isMatrix(target)) {
    refuseWith(target, options);
    explainCells(target, wanted, options.json ?? false);
    return;
  }
  const { file, censor } = openTarget(target, options);
  const { rules } = censor;
  const seed = seedOf(options.seed) ?? censor.seed;
  const policyFor = policiesOf(rules);
  const read = flowsOf(file, (flow) => isWanted(flow, wanted), censor.boxIndex);
  const { flows } = read;
  if (flows.length === 0) {
    tellTruncation(file, read);
    throw noFlow(file, wanted);
  }
  tellLacking(file, read);
  const rowOf = readRunRows(target, options.box);
  const calendar = calendarOf(options.at, read.dates);
  const isTold = flows.length > 1 && process.stderr.isTTY;
  const patience = flows.length === 1 ? ONE_FLOW : OF_MANY;
  for (const [i, packets] of flows.entries()) {
    const model = modelOf(censor.modelOf(packets.profile));
    if (isTold) progress(`flow ${i + 1} of ${flows.length}`);
    const explanation = explainFlow(packets, { model, policyFor, seed, calendar, patience });
    if (isTold) endProgress();
    const row = rowOf(explanation.flow) ?? null;
    if (options.json) printJsonLine({ ...explanation, row });
    else {
      print(formatExplanation, explanation, row);
      printLines('');
    }
  }
  tellResiduals(rules);
  const { dates } = read;
  tellUnseen(censor, dates && datesOf(calendar, dates.first, dates.last));
}

/** Said before any verdict, because a verdict about half a flow may be wrong of the whole one. */
function tellLacking(file: string, read: CollectedFlows): void {
  tellTruncation(file, read);
  tellCut(read.cut);
  tellOddTimes(read.oddTimes);
  tellLong(read.flows);
  if (read.leftOut > 0)
    tell(
      `${counted(read.leftOut, 'flow more was', 'flows more were')} left out: name one by an end`,
    );
}

/** A matrix names its censors itself. */
function refuseWith(target: string, options: ExplainCommandOptions): void {
  for (const name of ['scenario', 'censor', 'profile', 'box', 'at', 'seed'] as const) {
    if (options[name] === undefined) continue;
    throw new ChokepointError('USAGE', `--${name} is for a capture: ${target} is a matrix`, {
      hint: 'leave it out: the matrix knows the censor of each cell',
    });
  }
}

function openTarget(
  target: string,
  options: ExplainCommandOptions,
): { readonly file: string; readonly censor: NamedCensor } {
  if (target !== '-' && !existsSync(target)) throw noTarget(target);
  const isFolder = target !== '-' && statSync(target).isDirectory();
  const file = isFolder ? join(target, CAPTURE_FILE) : target;
  if (isFolder && !existsSync(file)) throw noCapture(target);
  if (isFolder) requireFile(file);
  const isNamed = options.scenario !== undefined || options.censor !== undefined;
  const named = isFolder && !isNamed ? { ...options, ...censorIn(target) } : options;
  const censor = censorOf(named);
  if (censor !== undefined) return { file, censor };
  if (isFolder) throw noName(target);
  throw new ChokepointError('USAGE', 'explain needs a censor', {
    hint: 'name one with --scenario or --censor, or give the folder of a run',
  });
}

/** The censor of a folder that `run` or `up` has written to, whether or not it came to its end. */
function censorIn(folder: string): Pick<CensorOptions, 'scenario' | 'censor'> {
  const name = readCensorName(folder);
  if (name === undefined) return {};
  const { scenario, scenarioFile, censorFile } = name;
  return censorFile === null ? { scenario: scenarioFile ?? scenario } : { censor: censorFile };
}

function noTarget(target: string): ChokepointError {
  return new ChokepointError('USAGE', `${target}: there is no such file or folder`, {
    hint: 'name a capture, the folder of a run, or that of a matrix',
  });
}

function noCapture(folder: string): ChokepointError {
  const message = `${folder}: expected the folder of a run; found no ${CAPTURE_FILE} in it`;
  return new ChokepointError('USAGE', message, {
    hint: 'name what `run` or `up` was given with --out, or a folder under runs/',
  });
}

function noName(folder: string): ChokepointError {
  const message = `${folder}: expected a ${SCENARIO_FILE} that names its censor; found none`;
  return new ChokepointError('USAGE', message, {
    hint: 'name the censor with --scenario or --censor',
  });
}

function isWanted({ flow, client, server }: FlowEvent, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === String(flow) || wanted === client || wanted === server;
}

function noFlow(file: string, wanted: string | undefined): ChokepointError {
  if (wanted === undefined)
    return new ChokepointError('USAGE', `${file}: no TCP or UDP flow in it`);
  return new ChokepointError('USAGE', `${file}: no flow "${wanted}"`, {
    hint: 'name one by its number in `chokepoint replay`, or by an end such as 198.18.1.2:40000',
  });
}

/** A flow is looked at alone: what others have brought upon it is not seen. */
function tellResiduals(rules: readonly RuleSpec[]): void {
  for (const { name, residual } of rules) {
    if (residual === undefined) continue;
    tell(
      `each flow was looked at alone: see \`${commandName()} replay\` for what the residual of rule "${name}" does to other flows`,
    );
  }
}

function tellLong(flows: readonly FlowPackets[]): void {
  const count = flows.filter(({ isCut }) => isCut).length;
  if (count > 0) tell(`of ${count} long flows only the beginning was looked at`);
}

/** How long, in ms, sets of several knobs are tried for a flow. */
const ONE_FLOW = 3000;
const OF_MANY = 300;
