import type { Explanation, KnobChange } from '../replay/explain.ts';

/** Why a flow was blocked or let through, for people. */
export function formatExplanation(explanation: Explanation): string {
  const { flow, protocol, client, server, outcome } = explanation;
  return [
    `flow ${flow}: ${protocol} ${client} > ${server}`,
    `  ${outcome}${reasonOf(explanation)}`,
    ...details(explanation),
    ...changesText(explanation),
  ].join('\n');
}

function reasonOf({ decision, outcome }: Explanation): string {
  if (decision !== null) return ` by rule "${decision.rule}" (${decision.action}): ${decision.why}`;
  return outcome === 'blocked' ? ': packets were dropped for what the box cannot read' : '';
}

function details({ decision, read, ignored, isCut }: Explanation): string[] {
  const lines: string[] = [];
  if (decision !== null) {
    const { offset, length, within } = decision.matched;
    lines.push(`  matched ${length} bytes at offset ${offset} of the ${within}`);
    lines.push(`  it had read: ${shortened(decision.view.read)}`);
  }
  if (read.length > 0) lines.push(`  it read: ${read.join(', ')}`);
  const reasons = Object.entries(ignored).map(([reason, count]) => `${reason} (${count})`);
  if (reasons.length > 0) lines.push(`  not believed or not read: ${reasons.join(', ')}`);
  for (const { direction, seq, length, reason } of decision?.view.ignored ?? []) {
    lines.push(`    ${direction} seq ${seq}, ${length} bytes: ${reason}`);
  }
  if (isCut) lines.push('  the flow goes on; only its beginning was looked at');
  return lines;
}

function changesText({ changes, pairs, outcome }: Explanation): string[] {
  const other = outcome === 'blocked' ? 'let it through' : 'block it';
  if (changes.length > 0) {
    return [
      `  one knob alone would ${other}:`,
      ...changes.map((change) => `    ${knobText(change)}`),
    ];
  }
  if (pairs.length > 0) {
    const texts = pairs.map((pair) => `    ${pair.map(knobText).join('  and  ')}`);
    return [`  no knob alone, but two would ${other}:`, ...texts];
  }
  return [`  no knob, nor any two, would ${other}`];
}

function knobText({ knob, from, to }: KnobChange): string {
  return `${knob}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

function shortened(text: string): string {
  return text.length > 72 ? `…${text.slice(-71)}` : text;
}
