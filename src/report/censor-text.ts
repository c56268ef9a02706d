import type { ModelSpec } from '../scenario/model-schema.ts';
import type { ResolverSpec } from '../scenario/resolver-schema.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import { inItsBase } from './tls-codes.ts';

/** A rule in a few lines: what sets it off, what it does then, when and for how long. */
export function formatRule({ name, trigger, action, residual, ...limits }: RuleSpec): string[] {
  const { match, ...what } = trigger;
  const { do: verb, ...how } = action;
  const only = formatFields(limits);
  return [
    `${name}: ${[match, formatFields(what)].filter(Boolean).join(', ')}`,
    ...(only === '' ? [] : [`  only ${only}`]),
    `  → ${[verb, formatFields(how)].filter(Boolean).join(', ')}`,
    ...(residual === undefined ? [] : [`  afterwards ${formatFields(residual)}`]),
  ];
}

/** A model as its preset, and what is different from it. */
export function formatModel({ preset, ...spec }: ModelSpec): string {
  const differs = formatFields(spec);
  return differs === '' ? preset : `${preset}, but ${differs}`;
}

/** Where a resolver is, and how it departs from the truth: what it says of which names, and the zones of its own. */
export function formatResolver(id: string, spec: ResolverSpec): string[] {
  const { address, names, lies = [], zones = [] } = spec;
  const where = formatFields({ address, names });
  const ofLies = lies.flatMap(({ answer, names, except, exact, during, ...how }) => [
    `${id}: ${formatFields({ names, ...(exact && { exact }), except, during })}`,
    `  → ${[answer, formatFields(how)].filter(Boolean).join(', ')}`,
  ]);
  const ofZones = zones.flatMap(({ name, soa, records, ...how }) => [
    `${id}: zone ${name}, ${formatFields(how)}`,
    `  ${name} SOA ${Object.values(soa).join(' ')}`,
    ...records.map((record) => `  ${record.name ?? name} ${record.type} ${record.data}`),
  ]);
  return [...(where === '' ? [] : [`${id}: ${where}`]), ...ofLies, ...ofZones];
}

/** `a 1, b.c x y`: the names of fields, as a scenario file has them, and their values. */
export function formatFields(fields: object, prefix = ''): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => formatField(prefix + key, value))
    .filter((text) => text !== '')
    .join(', ');
}

function formatField(name: string, value: unknown): string {
  if (Array.isArray(value) && value.some((one) => typeof one === 'object')) {
    return `${name} ${value.map((one) => `(${formatFields(one)})`).join(' ')}`;
  }
  if (Array.isArray(value)) {
    return `${name} ${formatList(value.map((one) => inItsBase(name, one)))}`;
  }
  if (typeof value === 'object' && value !== null) return formatFields(value, `${name}.`);
  return `${name} ${formatValue(inItsBase(name, value))}`;
}

function formatList(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_SHOWN).map(formatValue).join(' ');
  const rest = values.length - MOST_SHOWN;
  return rest > 0 ? `${shown} and ${rest} more` : shown || 'none';
}

/** In quotes if it could be taken for something else; characters are as they are, so that an expression can be copied. */
function formatValue(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const text = value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value;
  return /^[^\s",]+$/.test(text) ? text : `"${text}"`;
}

const MOST_SHOWN = 12;
const MOST_CHARACTERS = 80;
