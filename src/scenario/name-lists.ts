import { readFileSync } from 'node:fs';
import type { Model } from '../policy/model.ts';
import { isRaw } from './direction.ts';
import { type ListFile, openListFile } from './list-file.ts';
import { nameMatchOf } from './matcher.ts';
import { modelOf } from './model.ts';
import type { ModelSpec } from './model-schema.ts';
import { type Problem, within } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { NamesSpec } from './trigger-schema.ts';
import type { Reading } from './yaml-file.ts';

/**
 * Puts absolute paths in place of the names of list files, all of which have been read through; `specs` are the models of the
 * boxes that will look names up in them.
 */
export function findLists<T extends { readonly rules: readonly RuleSpec[] }>(
  censor: T,
  specs: readonly ModelSpec[],
  file: string,
): Reading<T> {
  const models = specs.map(modelOf);
  const problems: Problem[] = [];
  const known = new Map<string, ListReading | string>();
  const rules = censor.rules.map((rule, i): RuleSpec => {
    const { trigger } = rule;
    if (!('domains' in trigger || 'list' in trigger)) return rule;
    const list = trigger.list === undefined ? undefined : readOnce(known, file, trigger.list);
    if (typeof list === 'string') {
      problems.push({ path: ['rules', i, 'trigger', 'list'], message: list });
      return rule;
    }
    problems.push(...(list?.wrong ?? []));
    problems.push(...within(['rules', i, 'trigger'], unfit(trigger, list, models)));
    return list === undefined ? rule : { ...rule, trigger: { ...trigger, list: list.path } };
  });
  return { value: { ...censor, rules }, problems };
}

/** Whether a model can look names up in the lists of rules whose paths `findLists` made absolute. */
export function canLookUp(rules: readonly RuleSpec[]): (model: Model) => boolean {
  const known = new Map<string, ListReading>();
  const readingOf = (path: string): ListReading => {
    const reading =
      known.get(path) ?? readLines({ path, shown: path, text: readFileSync(path, 'latin1') });
    known.set(path, reading);
    return reading;
  };
  return (model) =>
    rules.every(({ trigger }) => {
      if (!('domains' in trigger || 'list' in trigger)) return true;
      const list = trigger.list === undefined ? undefined : readingOf(trigger.list);
      return unfit(trigger, list, [model]).length === 0;
    });
}

interface ListReading {
  readonly path: string;
  readonly length: number;
  /** Of names. */
  readonly count: number;
  /** Where the first name stands that begins with a star: no regular expression does. */
  readonly starAt: string | undefined;
  readonly wrong: readonly Problem[];
}

function readOnce(
  known: Map<string, ListReading | string>,
  file: string,
  list: string,
): ListReading | string {
  const opened = known.get(list) ?? openListFile(file, list);
  const reading = typeof opened === 'object' && 'text' in opened ? readLines(opened) : opened;
  known.set(list, reading);
  return reading;
}

/** Each line that is no name is told with its place. */
function readLines({ path, shown, text }: ListFile): ListReading {
  const wrong: Problem[] = [];
  let count = 0;
  let starAt: string | undefined;
  for (const [i, line] of text.replace(BYTE_ORDER_MARK, '').split('\n').entries()) {
    const name = line.replace(/#.*/, '').replace(/^[ \t]+|[ \t\r]+$/g, '');
    if (name !== '') count++;
    if (name.startsWith('*')) starAt ??= `${shown}:${i + 1}:${line.indexOf(name) + 1}`;
    if (name === '' || NAME.test(name)) continue;
    const found = JSON.stringify(Buffer.from(name, 'latin1').toString('utf8').slice(0, MOST_SHOWN));
    const message = `expected a domain name such as "meydan.tv" or "*.meydan.tv"; found ${found}`;
    wrong.push({ path: [], place: `${shown}:${i + 1}:${line.indexOf(name) + 1}`, message });
    if (wrong.length === MOST_PROBLEMS) break;
  }
  if (count === 0) {
    const message = 'expected a name on a line; found none';
    wrong.push({ path: [], place: `${shown}:1:1`, message });
  }
  return { path, length: text.length, count, starAt, wrong };
}

/** Expressions cost time for each packet, and names that are looked for in raw bytes cost memory: neither may be too many. */
function unfit(
  trigger: NamesSpec,
  list: ListReading | undefined,
  models: readonly Model[],
): Problem[] {
  const { domains = [] } = trigger;
  const path = [list === undefined ? 'domains' : 'list'];
  const count = domains.length + (list?.count ?? 0);
  const matches = models.map((model) =>
    isRaw(trigger.match, model) ? 'substring' : nameMatchOf(trigger, model),
  );
  if (matches.includes('regex') && count > MOST_PATTERNS) {
    const message = `expected at most ${MOST_PATTERNS} names where they are regular expressions; found ${count}`;
    return [{ path, message }];
  }
  if (matches.includes('regex') && list?.starAt !== undefined) {
    const message =
      'expected a name without "*." before it, for names are regular expressions here';
    return [{ path: [], place: list.starAt, message }];
  }
  const length = domains.join('').length + (list?.length ?? 0);
  if (matches.includes('regex') && length > MOST_PATTERN_BYTES) {
    const message = `expected at most ${MOST_PATTERN_BYTES} bytes of names where they are regular expressions; found ${length}`;
    return [{ path, message }];
  }
  if (!matches.includes('substring') || length <= MOST_RAW_BYTES) return [];
  const message = `expected at most ${MOST_RAW_BYTES} bytes of names where they may stand anywhere; found ${length}`;
  return [{ path, message }];
}

/** As in `domains`, in letters of either case, and with what may stand before a name in a list. */
const NAME = /^(\*\.|\.)?(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i;
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;
const MOST_PROBLEMS = 100;
const MOST_SHOWN = 60;
const MOST_PATTERNS = 1000;
const MOST_PATTERN_BYTES = 16_384;
const MOST_RAW_BYTES = 4 * 1024 * 1024;
