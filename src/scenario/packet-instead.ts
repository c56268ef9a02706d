/**
 * Writes an expression about the length and the first bytes of a payload as the trigger `match: packet`, in the spelling of a
 * scenario. Undefined for any other expression.
 */
export function packetInstead(pattern: string): string | undefined {
  const text = pattern.replace(/^\(\?[is]+\)/, '');
  if (!text.startsWith('^')) return undefined;
  const layout = layoutOf(text.slice(1));
  if (layout === undefined) return undefined;
  const { least, most, runs } = layout;
  const bytes = runs.map(({ at, hex }) => `{ at: ${at}, hex: "${hex.join(' ')}" }`);
  const parts = [
    'match: packet',
    ...(least > 0 ? [`min_length: ${least}`] : []),
    ...(most === undefined ? [] : [`max_length: ${most}`]),
    ...(bytes.length > 0 ? [`bytes: [${bytes.join(', ')}]`] : []),
  ];
  return `{ ${parts.join(', ')} }`;
}

interface Layout {
  readonly least: number;
  readonly most: number | undefined;
  readonly runs: readonly Run[];
}

/** Bytes that stand one behind the other. */
interface Run {
  readonly at: number;
  readonly hex: string[];
}

function layoutOf(text: string): Layout | undefined {
  const runs: Run[] = [];
  let least = 0;
  let isFixed = true;
  let rest = text;
  for (let item = ITEM.exec(rest); item !== null; item = ITEM.exec(rest)) {
    const [whole, what = '', times = ''] = item;
    const [from, isExact] = countOf(times);
    const byte = byteOf(what);
    // The place of a byte is known as long as nothing before it may be longer.
    if (byte !== undefined && isFixed)
      addRun(runs, least, new Array<string>(Math.min(from, 64)).fill(byte));
    least += from;
    isFixed &&= isExact;
    rest = rest.slice(whole.length);
  }
  if (rest === '') return { least, most: undefined, runs };
  const isEnd = rest === '$' || rest === '\\z';
  return isEnd ? { least, most: isFixed ? least : undefined, runs } : undefined;
}

function addRun(runs: Run[], at: number, hex: readonly string[]): void {
  const last = runs.at(-1);
  if (last !== undefined && last.at + last.hex.length === at) last.hex.push(...hex);
  else if (hex.length > 0) runs.push({ at, hex: [...hex] });
}

/** How often an item stands there at least, and whether never oftener. */
function countOf(times: string): readonly [number, boolean] {
  if (times === '') return [1, true];
  if (times === '*' || times === '?') return [0, false];
  if (times === '+') return [1, false];
  const [, from = '0', rest] = /^\{(\d+)(,\d*)?\}$/.exec(times) ?? [];
  return [Number(from), rest === undefined || rest === `,${from}`];
}

/** In hexadecimal; undefined for any byte. */
function byteOf(what: string): string | undefined {
  if (what === '.') return undefined;
  const [, digits] = /^\\x\{?([0-9A-Fa-f]{2})\}?$/.exec(what) ?? [];
  if (digits !== undefined) return digits.toLowerCase();
  const letter = what.startsWith('\\') ? what.slice(1) : what;
  return letter.charCodeAt(0).toString(16).padStart(2, '0');
}

/** Any byte, one by its number, or one by itself; and how often. */
const ITEM =
  /^(\.|\\x[0-9A-Fa-f]{2}|\\x\{[0-9A-Fa-f]{2}\}|\\[^A-Za-z0-9]|[A-Za-z0-9 _/:;,=<>@~"'&%#!-])([*+?]|\{\d+(?:,\d*)?\})?/;
