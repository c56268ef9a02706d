import type { Attempt } from '../evasion/verdict.ts';
import { formatAttempt, MEANINGS, type ToldCell } from './matrix-cell.ts';
import { wrap } from './wrap.ts';

/** A cell of the matrix with all that was seen; of several repetitions, in the last. */
export interface OpenedCell extends ToldCell {
  /** What its strategy does; null for one that the catalogue does not have. */
  readonly does: string | null;
  /** Without a strategy. */
  readonly plainAllowed: Attempt | null;
  readonly plainBlocked: Attempt | null;
  readonly allowed: Attempt | null;
  readonly blocked: Attempt | null;
}

/** One cell for people; `explanation` is what decided, line by line, and stands as it is. */
export function formatCell(
  cell: OpenedCell,
  explanation: readonly string[],
  width: number,
): string {
  const { strategy, scenario, profile, carrier, verdict, does } = cell;
  const verdicts = cell.verdicts;
  const parts: [label: string, lines: readonly (string | null | undefined)[]][] = [
    ['does', [does]],
    ['without it', [pairText(cell.plainAllowed, cell.plainBlocked)]],
    ['with it', [pairText(cell.allowed, cell.blocked)]],
    ['on the wire', [wireText(cell)]],
    ['verdict', [`${verdict}: ${MEANINGS[verdict]}`]],
    ['each time', [verdicts.length > 1 ? verdicts.join(' ') : null]],
    ['why', cell.why],
  ];
  return [
    `${strategy} against ${scenario} ${profile}, over ${carrier}`,
    ...parts.flatMap(([label, lines]) =>
      lines
        .filter((line) => line !== null && line !== undefined)
        .map((line, i) => wrap(line, width, margin(i === 0 ? label : ''), margin(''))),
    ),
    ...explanation.map((line, i) => margin(i === 0 ? 'decided' : '') + line),
  ].join('\n');
}

function pairText(allowed: Attempt | null, blocked: Attempt | null): string {
  return `allowed name: ${fared(allowed)}; blocked name: ${fared(blocked)}`;
}

function fared(attempt: Attempt | null): string {
  if (attempt === null) return 'not tried';
  return formatAttempt(attempt) + (attempt.hasLeaked ? ', and the server took the decoy' : '');
}

/** Whether the strategy was seen on the client's own wire. */
function wireText({ kind, blocked }: OpenedCell): string | null {
  if (blocked === null || kind === 'tool') return null;
  return blocked.missing === undefined ? 'as the strategy has it' : `not there: ${blocked.missing}`;
}

function margin(label: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}`;
}

const LABEL_WIDTH = 'on the wire'.length + 2;
