import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Problem } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { Reading } from './yaml-file.ts';

/**
 * Finds and reads through the list files that rules name, and puts their absolute paths in place of what the rules say: only
 * regular files beside the rules' own or below, without a way around by links.
 */
export function findLists<T extends { readonly rules: readonly RuleSpec[] }>(
  censor: T,
  file: string,
): Reading<T> {
  const problems: Problem[] = [];
  const checked = new Set<string>();
  const rules = censor.rules.map((rule, i) => {
    const { trigger } = rule;
    if (!('list' in trigger) || trigger.list === undefined) return rule;
    const found = findList(file, trigger.list);
    if ('wrong' in found) {
      problems.push({ path: ['rules', i, 'trigger', 'list'], message: found.wrong });
      return rule;
    }
    if (!checked.has(found.path)) problems.push(...wrongLines(found.path, found.shown));
    checked.add(found.path);
    return { ...rule, trigger: { ...trigger, list: found.path } };
  });
  return { value: { ...censor, rules }, problems };
}

type Found = { readonly path: string; readonly shown: string } | { readonly wrong: string };

function findList(file: string, list: string): Found {
  const expected = 'expected a file beside this one or below, named relative to it';
  if (isAbsolute(list)) return { wrong: `${expected}; found "${list}"` };
  const folder = resolve(dirname(file));
  const shown = join(dirname(file), list);
  if (isOutside(folder, resolve(folder, list))) return { wrong: `${expected}; found "${list}"` };
  try {
    const path = realpathSync(join(folder, list));
    if (isOutside(realpathSync(folder), path)) {
      return { wrong: `${expected}; found "${list}", a link to ${path}` };
    }
    const status = statSync(path);
    if (!status.isFile()) return { wrong: `expected a file; "${list}" is none` };
    if (status.size > MAX_SIZE) {
      return { wrong: `expected at most ${MAX_SIZE} bytes; "${list}" has ${status.size}` };
    }
    return { path, shown };
  } catch (error) {
    const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
    return { wrong: `${expected}; "${list}": ${reason}` };
  }
}

function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || way === '..' || way.startsWith('../') || isAbsolute(way);
}

/** Each line that is no name, with its place; and a list without any. */
function wrongLines(path: string, shown: string): Problem[] {
  const lines = readFileSync(path, 'latin1').split('\n');
  const problems: Problem[] = [];
  let count = 0;
  for (const [i, line] of lines.entries()) {
    const text = (i === 0 ? line.replace(/^\xef\xbb\xbf/, '') : line)
      .replace(/#.*/, '')
      .replace(/^[ \t]+|[ \t\r]+$/g, '');
    if (text === '') continue;
    count++;
    if (NAME.test(text)) continue;
    const place = `${shown}:${i + 1}:${line.indexOf(text) + 1}`;
    const found = JSON.stringify(Buffer.from(text, 'latin1').toString('utf8')).slice(0, MOST_SHOWN);
    const message = `expected a domain name such as "meydan.tv", ".meydan.tv" or "*.meydan.tv"; found ${found}`;
    problems.push({ path: [], place, message });
    if (problems.length === MOST_PROBLEMS) break;
  }
  if (count > 0) return problems;
  return [{ path: [], place: `${shown}:1:1`, message: 'expected a name on a line; found none' }];
}

/** As in `domains`, in letters of either case, and with what may stand before a name in a list. */
const NAME = /^(\*\.|\.)?(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i;
/** For a million names and more. */
const MAX_SIZE = 64 * 1024 * 1024;
const MOST_PROBLEMS = 100;
const MOST_SHOWN = 60;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  ELOOP: 'its links go in a circle',
};
