import { counted } from '../base/counted.ts';
import type { Explanation, KnobChanges } from '../replay/explain.ts';

/** The row of a run that made a flow, as far as it is shown. */
export interface ShownRow {
  readonly claim: string;
  readonly from: string;
  readonly request: { readonly probe: string; readonly url: string };
}

/** Why a flow was blocked or let through, for people; with `row`, if it is a run's. */
export function formatExplanation(explanation: Explanation, row: ShownRow | null = null): string {
  const { flow, protocol, client, server, outcome } = explanation;
  return [
    `flow ${flow}: ${protocol} ${client} > ${server}`,
    ...rowText(row),
    `  ${outcome}${reasonOf(explanation)}`,
    ...details(explanation),
    ...changesText(explanation),
  ].join('\n');
}

function rowText(row: ShownRow | null): string[] {
  if (row === null) return [];
  const { claim, from, request } = row;
  return [`  made by ${request.probe} ${request.url} from ${from}: ${claim}`];
}

function reasonOf({ decision, outcome, hasPayload }: Explanation): string {
  if (decision !== null) return ` by rule "${decision.rule}" (${decision.action}): ${decision.why}`;
  if (outcome === 'passed' && !hasPayload)
    return ': no packet of it in the capture carries data, so no name could be read';
  return outcome === 'blocked' ? ': packets were dropped for what the box cannot read' : '';
}

function details({ decision, read, ignored, sparedBy, isCut }: Explanation): string[] {
  const lines: string[] = [];
  if (isCut) lines.push('  the flow goes on; only its beginning was looked at');
  if (sparedBy !== null) {
    lines.push(`  but for its \`${sparedBy.limit}\`, rule "${sparedBy.rule}" would have acted`);
  }
  if (decision !== null) {
    const { offset, length, within } = decision.matched;
    lines.push(`  matched ${counted(length, 'byte')} at offset ${offset} of the ${within}`);
    lines.push(`  it had read: ${shortened(decision.view.read)}`);
  }
  if (read.length > 0) lines.push(`  it read: ${read.join(', ')}`);
  const reasons = Object.entries(ignored).map(([reason, count]) => `${reason} (${count})`);
  if (reasons.length > 0) lines.push(`  not believed or not read: ${reasons.join(', ')}`);
  for (const { direction, seq, length, reason } of decision?.view.ignored ?? []) {
    lines.push(`    ${direction} seq ${seq}, ${counted(length, 'byte')}: ${reason}`);
  }
  return lines;
}

function changesText({ changes, tried, outcome, ruleCount }: Explanation): string[] {
  const other = { blocked: 'let it through', slowed: 'not slow it', passed: 'block it' }[outcome];
  const size = changes[0]?.knobs.length;
  if (size === undefined) {
    const why = ruleCount === 0 ? 'the box has no rule' : triedText(tried);
    return [`  nothing that was tried would ${other}: ${why}`];
  }
  const head = size === 1 ? 'one knob alone would' : `no fewer, but ${COUNTS[size]} knobs would`;
  return [`  ${head} ${other}:`, ...changes.flatMap(changeText)];
}

/** The change in words, as it stands in a profile, and the bytes that would then matter. */
function changeText({ knobs, yaml, match }: KnobChanges): string[] {
  const words = knobs.map(({ knob, from, to }) => `${knob}: ${valueText(from)} → ${valueText(to)}`);
  const lines = [`    ${words.join('  and  ')}`, `      ${yaml}`];
  if (match === null) return lines;
  const { rule, why, direction, offset, length, within } = match;
  const place = `${counted(length, 'byte')} at offset ${offset} of the ${within}, ${direction}`;
  return [...lines, `      rule "${rule}" would then match ${why}: ${place}`];
}

function triedText({ singles, pairs, triples, isCut }: Explanation['tried']): string {
  const counts = [`${singles} single knobs`];
  if (pairs > 0) counts.push(`${pairs} pairs`);
  if (triples > 0) counts.push(`${triples} triples`);
  return `${counts.join(', ')}${isCut ? ', then time ran out' : ''}`;
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

function shortened(text: string): string {
  return text.length > 72 ? `…${text.slice(-71)}` : text;
}

const COUNTS: Readonly<Record<number, string>> = { 2: 'two', 3: 'three' };
