import { readFileSync } from 'node:fs';
import type { Model } from '../policy/model.ts';
import { partsOf } from './cross-check-combinations.ts';
import { isRaw } from './direction.ts';
import { doublesInTrigger } from './inline-doubles.ts';
import { doublesIn } from './list-doubles.ts';
import { type ListFile, openListFile } from './list-file.ts';
import { inALabels, type ListReading, readList } from './list-reading.ts';
import { nameMatchOf } from './matcher.ts';
import { modelOf } from './model.ts';
import type { ModelSpec } from './model-schema.ts';
import { lateExceptions } from './order-notices.ts';
import { type Problem, within } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { NamesSpec, SimpleTriggerSpec, TriggerSpec } from './trigger-schema.ts';
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
    const find = (part: SimpleTriggerSpec, path: Problem['path']): SimpleTriggerSpec => {
      if (!('domains' in part || 'list' in part)) return part;
      const list =
        part.list === undefined ? undefined : readOnce(known, file, part.list, caseSensitive);
      if (typeof list === 'string') {
        problems.push({ path: [...path, 'list'], message: list });
        return part;
      }
      problems.push(...(list?.wrong ?? []), ...within(path, unfit(part, list, models)));
      return list === undefined ? part : { ...part, list: list.path };
    };
    return { ...rule, trigger: withParts(rule.trigger, ['rules', i, 'trigger'], find) };
  });
  const ofLists = [...known.values()].flatMap((opened) =>
    typeof opened === 'string' ? [] : opened.notices,
  );
  const notices = [...lateExceptions(censor.rules), ...ofLists];
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
    rules
      .flatMap(({ trigger }) => partsOf(trigger))
      .every((part) => {
        if (!('domains' in part || 'list' in part)) return true;
        const list = part.list === undefined ? undefined : readingOf(part.list);
        return unfit(part, list, [model]).length === 0;
      });
}

/** The files with names that rules have, or their parts. */
export function listsOf(rules: readonly RuleSpec[]): string[] {
  return rules
    .flatMap(({ trigger }) => partsOf(trigger))
    .flatMap((part) => ('list' in part && part.list !== undefined ? [part.list] : []));
}

/** The trigger, with what `change` makes of it, or of each of its parts. */
function withParts(
  trigger: TriggerSpec,
  path: Problem['path'],
  change: (part: SimpleTriggerSpec, path: Problem['path']) => SimpleTriggerSpec,
): TriggerSpec {
  if (trigger.match !== 'all') return change(trigger, path);
  return {
    ...trigger,
    of: trigger.of.map((part, i) => change(part, [...path, 'of', i])),
    ...(trigger.not && { not: trigger.not.map((part, i) => change(part, [...path, 'not', i])) }),
  };
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
