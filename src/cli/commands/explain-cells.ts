import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { pathBelow } from '../../base/name.ts';
import { shellWord } from '../../base/shell-word.ts';
import { findStrategy } from '../../evasion/find.ts';
import { requireFile } from '../../files/own-file.ts';
import { type Explanation, explainFlow } from '../../replay/explain.ts';
import { type FlowPackets, flowsOf } from '../../replay/flow-packets.ts';
import type { FlowEvent } from '../../replay/trace-event.ts';
import { formatExplanation } from '../../report/explanation.ts';
import { told } from '../../report/matrix-cell.ts';
import { formatCell } from '../../report/opened-cell.ts';
import { layoutOf } from '../../scenario/layout.ts';
import { modelOf } from '../../scenario/model.ts';
import { policiesOf, rulesAt } from '../../scenario/policy.ts';
import { profileOf } from '../../scenario/profile.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { type Cell, cellName } from '../../testbed/matrix/cell.ts';
import { MatrixFolder, scenariosOfPlan } from '../../testbed/matrix/matrix-folder.ts';
import { print, printJsonLine, printLines, tell, terminalWidth } from '../terminal.ts';

/** Opens cells of a matrix: what was tried, how it fared, and which knob of the censor decided. */
export function explainCells(path: string, wanted: string | undefined, isJson: boolean): void {
  const { cells, plan } = MatrixFolder.open(path);
  const chosen = cells.filter((cell) => isWanted(cell, wanted));
  if (chosen.length === 0 || wanted === undefined) throw noCell(path, wanted, cells);
  const scenarios = scenariosOfPlan(plan, tell);
  for (const cell of chosen) {
    const scenario = scenarios.find(({ id }) => id === cell.scenario) as Scenario;
    const explained = explanationsOf(path, cell, scenario);
    if (isJson) printJsonLine({ ...cell, explained });
    else {
      const lines = linesFor(cell, explained);
      const opened = { ...told(cell), does: doesOf(cell) };
      print(formatCell, opened, lines, terminalWidth());
      printLines('');
    }
  }
}

/** Whether a path is a matrix's folder. */
export function isMatrix(path: string): boolean {
  return existsSync(join(path, 'matrix.json'));
}

interface Explained extends Explanation {
  /** The network whose box it is. */
  readonly box: string;
}

/** The flow of the blocked name with the strategy, or all that a tool made, as each box on its way saw it. */
function explanationsOf(path: string, cell: Cell, scenario: Scenario): Explained[] {
  const { folder, profile } = cell;
  if (folder === null) return [];
  const model = modelOf(profileOf(scenario, profile).model);
  const file = pathBelow(path, folder, 'wire.pcapng');
  requireFile(file);
  return layoutOf(scenario).boxes.flatMap(({ id: box }, index) => {
    const flows = flowsOf(file, (flow) => isOf(cell, flow), index)
      .flows.filter((flow) => wasAliveIn(cell, flow))
      .slice(0, MOST_FLOWS);
    const policyFor = policiesOf(rulesAt(scenario.rules, box));
    const patience = flows.length === 1 ? ONE_FLOW : OF_MANY;
    return flows.map((packets) => ({
      box,
      ...explainFlow(packets, { model, policyFor, seed: scenario.seed, patience }),
    }));
  });
}

function isOf({ blocked, span }: Cell, { client }: FlowEvent): boolean {
  if (span === null) return client === blocked?.local;
  const address = client.slice(0, client.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return span.clients.includes(address);
}

/** A tunnel may have been begun long before; what was over before is another target's. */
function wasAliveIn({ span }: Cell, { packets, isCut }: FlowPackets): boolean {
  if (span === null) return true;
  const [begun = 0, last = 0] = [packets[0]?.time, packets.at(-1)?.time];
  return begun <= span.to && (isCut || last >= span.from);
}

function linesFor({ by, folder, blocked }: Cell, explained: readonly Explained[]): string[] {
  if (explained.length > 0) {
    return explained.flatMap(({ box, ...one }) => [
      `by the box of ${box}:`,
      ...formatExplanation(one).split('\n'),
    ]);
  }
  if (folder === null || blocked === null) return [];
  return [`no box saw it; without a strategy, what blocks is ${by ?? 'not told'}`];
}

function doesOf({ kind, strategy }: Cell): string | null {
  return kind === 'strategy' ? findStrategy(strategy).does : null;
}

/** By its whole name, or by the end of it. */
function isWanted(cell: Cell, wanted: string | undefined): boolean {
  const name = cellName(cell);
  return wanted === undefined || name === wanted || name.endsWith(`/${wanted}`);
}

function noCell(path: string, wanted: string | undefined, cells: readonly Cell[]): ChokepointError {
  const [first] = cells;
  const found =
    wanted === undefined ? counted(cells.length, 'cell') : `none that is called "${wanted}"`;
  return new ChokepointError('USAGE', `${path}: expected the name of a cell; found ${found}`, {
    hint:
      first === undefined
        ? `go on with the matrix first: chokepoint matrix --resume ${shellWord(path)}`
        : `name a strategy, such as ${first.strategy}, or a cell, such as ${cellName(first)}`,
  });
}

/** Of a tool, by each box. */
const MOST_FLOWS = 6;
/** How long, in ms, sets of several knobs are tried for a flow. */
const ONE_FLOW = 3000;
const OF_MANY = 300;
