import { coverageOf, coveredIn, leafPaths, valuesOf } from '../scenario/evidence.ts';
import type { Scenario } from '../scenario/schema.ts';
import { inItsBase } from './tls-codes.ts';
import { wrap } from './wrap.ts';

/** Which values of a scenario are documented, with what the source says of them, and which are surrogates, with the reason. */
export function formatEvidence(scenario: Scenario, width: number): string {
  const { evidence } = scenario;
  const isMixed = mixedIn(scenario);
  const entries = evidence.map(({ fields, ...entry }) => {
    const why = entry.status === 'surrogate' ? entry.because : `${entry.source}: ${entry.says}`;
    const named = fields
      .map((field) => withValue(scenario, field) + (isMixed(field) ? ' (in part)' : ''))
      .join(', ');
    const text = [wrap(named, width, '  '), wrap(why, width, '    ')].join('\n');
    return { status: entry.status, text };
  });
  const of = (status: (typeof entries)[number]['status']): string[] =>
    entries.filter((entry) => entry.status === status).map(({ text }) => text);
  return [
    'Documented',
    ...(of('documented').length > 0 ? of('documented') : ['  nothing']),
    '',
    'Surrogates, chosen by us',
    ...of('surrogate'),
    wrap('knobs that a profile does not name', width, '  '),
    wrap('they are as in its preset, which stands for such boxes in general', width, '    '),
  ].join('\n');
}

/** Whether some value that a field is about is documented and a surrogate: each reason is about a part of it. */
function mixedIn(scenario: Scenario): (field: string) => boolean {
  const { evidence } = scenario;
  const fieldsOf = (status: (typeof evidence)[number]['status']): string[] =>
    evidence.filter((entry) => entry.status === status).flatMap(({ fields }) => fields);
  const isDocumented = coverageOf(fieldsOf('documented'));
  const isSurrogate = coverageOf(fieldsOf('surrogate'));
  return coveredIn(leafPaths(scenario).filter((path) => isDocumented(path) && isSurrogate(path)));
}

/** The field's path, and its value if it is short. */
function withValue(scenario: Scenario, field: string): string {
  const values = new Set(valuesOf(scenario, field).map((value) => textOf(inItsBase(field, value))));
  const text = [...values].join(' | ');
  return values.size > MOST_VALUES || text.length > MOST_CHARACTERS ? field : `${field} = ${text}`;
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '') : String(value);
}

const MOST_VALUES = 3;
const MOST_CHARACTERS = 40;
