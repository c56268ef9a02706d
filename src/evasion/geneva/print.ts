import type { Action, ActionTree, GenevaStrategy, Trigger } from './notation.ts';

/** The one way in which Geneva itself would write a strategy. */
export function printStrategy({ out, in: inbound }: GenevaStrategy): string {
  return `${forest(out)} \\/ ${forest(inbound)}`.trim();
}

function forest(trees: readonly ActionTree[]): string {
  return trees
    .map(({ trigger, action }) => `[${triggerText(trigger)}]-${tree(action)}-|`)
    .join(' ');
}

function triggerText({ field, value, gas }: Trigger): string {
  const text = `${field.protocol}:${field.name}:${value}`;
  return gas === undefined ? text : `${text}:${gas}`;
}

function tree(action: Action | undefined): string {
  if (action === undefined) return '';
  switch (action.do) {
    case 'drop':
    case 'send':
      return action.do;
    case 'sleep':
      return `sleep{${decimal(action.seconds)}}${branches(action.next, undefined)}`;
    case 'duplicate':
      return `duplicate${branches(action.first, action.second)}`;
    case 'fragment': {
      const { layer, size, inOrder, overlap } = action;
      const order = inOrder ? 'True' : 'False';
      const more = overlap === 0 ? '' : `:${overlap}`;
      return `fragment{${layer}:${size}:${order}${more}}${branches(action.first, action.second)}`;
    }
    case 'tamper': {
      const { field, how, value } = action;
      const said = value === undefined ? '' : `:${value}`;
      const what = `${field.protocol}:${field.name}:${how}${said}`;
      return `tamper{${what}}${branches(action.next, undefined)}`;
    }
  }
}

/** A number without an exponent, which JavaScript has for those below 10^-6. */
function decimal(number: number): string {
  const [digits = '', exponent] = String(number).split('e-');
  if (exponent === undefined) return digits;
  return `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`;
}

function branches(first: Action | undefined, second: Action | undefined): string {
  return first === undefined && second === undefined ? '' : `(${tree(first)},${tree(second)})`;
}
