import { type Calendar, calendarFrom, UNIX } from '../base/calendar.ts';
import { counted } from '../base/counted.ts';
import { ChokepointError } from '../base/errors.ts';
import type { Dates } from '../replay/dates.ts';
import { loadCensorFile } from '../scenario/censor-file.ts';
import { parseDate } from '../scenario/date.ts';
import { layoutOf } from '../scenario/layout.ts';
import { liarsOf } from '../scenario/liars.ts';
import { loadScenario } from '../scenario/library.ts';
import type { ModelSpec } from '../scenario/model-schema.ts';
import { rulesAt } from '../scenario/policy.ts';
import { profileOf } from '../scenario/profile.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import { tell } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

export interface CensorOptions {
  readonly scenario?: string | undefined;
  readonly profile?: string | undefined;
  readonly censor?: string | undefined;
  /** The network whose box it is, of a scenario with several. */
  readonly box?: string | undefined;
  /** The date of a capture's first packet, instead of its own. */
  readonly at?: string | undefined;
}

/** A censor as its file has it. */
export interface NamedCensor {
  readonly rules: readonly RuleSpec[];
  readonly seed: number;
  /** Which of its scenario's boxes it is. */
  readonly boxIndex: number;
  /** Of its scenario, which lie: no box does what they do. */
  readonly resolvers: readonly string[];
  /** By the name of the profile; a file with a censor alone has but one. */
  readonly modelOf: (profile: string | undefined) => ModelSpec;
}

/** The censor that a command was given; undefined if none. */
export function censorOf(options: CensorOptions): NamedCensor | undefined {
  const { scenario: id, profile, censor, box } = options;
  if (censor === undefined) {
    return id === undefined ? undefined : censorOfScenario(id, profile, box);
  }
  if (id !== undefined) {
    throw new ChokepointError('USAGE', '--scenario and --censor name a censor each', {
      hint: 'leave one of them out',
    });
  }
  if (profile !== undefined) {
    throw new ChokepointError('USAGE', '--profile is for --scenario: a censor file has one model', {
      hint: 'leave out --profile',
    });
  }
  if (box !== undefined) {
    throw new ChokepointError('USAGE', '--box is for --scenario: a censor file is of one box', {
      hint: 'leave out --box',
    });
  }
  const { rules, model } = loadCensorFile(censor, tell);
  return { rules, seed: 0, boxIndex: 0, resolvers: [], modelOf: () => model };
}

/** What `--seed` says; undefined if it was left out. */
export function seedOf(text: string | undefined): number | undefined {
  return wholeNumber('--seed', text, 0, 4_294_967_295);
}

/** The calendar in which a capture's first packet has the date that `--at` says. */
export function calendarOf(at: string | undefined, dates: Dates | undefined): Calendar {
  if (at === undefined) return UNIX;
  const date = parseDate(at);
  return dates === undefined ? UNIX : calendarFrom(date, dates.first, 1);
}

function censorOfScenario(
  id: string,
  profile: string | undefined,
  box: string | undefined,
): NamedCensor {
  const scenario = loadScenario(id, tell);
  const ids = layoutOf(scenario).boxes.map((place) => place.id);
  const boxIndex = box === undefined && ids.length === 1 ? 0 : ids.indexOf(box ?? '');
  const own = ids[boxIndex];
  if (own === undefined) {
    const found =
      box === undefined ? `has ${counted(ids.length, 'box', 'boxes')}` : `has no box of "${box}"`;
    throw new ChokepointError('USAGE', `${scenario.id} ${found}`, {
      hint: `name one of ${ids.join(', ')} with --box`,
    });
  }
  return {
    rules: rulesAt(scenario.rules, own),
    seed: scenario.seed,
    boxIndex,
    resolvers: liarsOf(scenario),
    modelOf: (other) => profileOf(scenario, profile ?? other).model,
  };
}
