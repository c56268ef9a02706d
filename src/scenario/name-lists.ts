import { readFileSync } from 'node:fs';
import type { Model } from '../policy/model.ts';
import { isRaw } from './direction.ts';
import { doublesInTrigger } from './inline-doubles.ts';
import { doublesIn } from './list-doubles.ts';
import { type ListFile, openListFile } from './list-file.ts';
import { inALabels, type ListReading, readList } from './list-reading.ts';
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
  const known = new Map<string, OpenedList | string>();
  const caseSensitive = models.some(({ host }) => host.normalise.case === 'exact');
  const rules = censor.rules.map((rule, i): RuleSpec => {
    const { trigger } = rule;
    if (!('domains' in trigger || 'list' in trigger)) return rule;
    const list =
      trigger.list === undefined ? undefined : readOnce(known, file, trigger.list, caseSensitive);
    if (typeof list === 'string') {
      problems.push({ path: ['rules', i, 'trigger', 'list'], message: list });
      return rule;
    }
    problems.push(...(list?.wrong ?? []));
    problems.push(...within(['rules', i, 'trigger'], unfit(trigger, list, models)));
    return list === undefined ? rule : { ...rule, trigger: { ...trigger, list: list.path } };
  });
  const notices = [...known.values()].flatMap((opened) =>
    typeof opened === 'string' ? [] : opened.notices,
  );
  const inline = censor.rules.flatMap(({ trigger }, i) =>
    doublesInTrigger(trigger, ['rules', i, 'trigger']),
  );
  notices.push(...inline.slice(0, MOST_NOTICES));
  if (inline.length > MOST_NOTICES) {
    const message = `notice: ${inline.length - MOST_NOTICES} more values are there already`;
    notices.push({ path: ['rules'], message });
  }
  return { value: { ...censor, rules }, problems, notices };
}

/** Whether a model can look names up in the lists of rules whose paths `findLists` made absolute. */
export function canLookUp(rules: readonly RuleSpec[]): (model: Model) => boolean {
  const known = new Map<string, ListReading>();
  const readingOf = (path: string): ListReading => {
    const reading = known.get(path) ?? readList({ path, shown: path, bytes: readFileSync(path) });
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

interface OpenedList {
  readonly reading: ListReading;
  readonly notices: readonly Problem[];
}

function readOnce(
  known: Map<string, OpenedList | string>,
  file: string,
  list: string,
  caseSensitive: boolean,
): ListReading | string {
  const opened = known.get(list) ?? openList(file, list, caseSensitive);
  known.set(list, opened);
  return typeof opened === 'string' ? opened : opened.reading;
}

function openList(file: string, list: string, caseSensitive: boolean): OpenedList | string {
  const opened = openListFile(file, list);
  if (typeof opened === 'string') return opened;
  const reading = readList(opened);
  return { reading, notices: reading.wrong.length > 0 ? [] : tellDoubles(opened, caseSensitive) };
}

/** The engine reads a name once, however often it is there: that is no mistake, but may be a slip. */
function tellDoubles({ shown, bytes }: ListFile, caseSensitive: boolean): Problem[] {
  const list = inALabels(bytes);
  const { doubles, count } = doublesIn(list, { caseSensitive, most: MOST_NOTICES });
  const notices = doubles.map(
    ({ name, line, column, firstLine }): Problem => ({
      path: [],
      place: `${shown}:${line}:${column}`,
      message: `notice: "${name}" is on line ${firstLine} already`,
    }),
  );
  const rest = count - doubles.length;
  if (rest === 0) return notices;
  const message = `notice: ${rest} more names are there already`;
  return [...notices, { path: [], place: shown, message }];
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
  const starAt = domains.findIndex((name) => name.startsWith('*.'));
  if (matches.includes('regex') && (list?.starAt !== undefined || starAt >= 0)) {
    const message =
      'expected a name without "*." before it, for names are regular expressions here';
    if (list?.starAt !== undefined) return [{ path: [], place: list.starAt, message }];
    return [{ path: ['domains', starAt], message }];
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

const MOST_NOTICES = 5;
const MOST_PATTERNS = 1000;
const MOST_PATTERN_BYTES = 16_384;
const MOST_RAW_BYTES = 4 * 1024 * 1024;
