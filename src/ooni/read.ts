import { createReadStream, fstatSync, type ReadStream, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { messageOf } from '../base/errors.ts';
import { readDay } from './date.ts';
import { type Document, documentsOf, placeOf } from './documents.ts';
import { offsetOfPath } from './json-place.ts';
import { linesOf, unzipped } from './lines.ts';
import { type RecordedMeasurement, readMeasurement } from './recorded-measurement.ts';

/** A measurement of a file, or something in it that cannot be read; the rest is read all the same. */
export type Reading =
  | {
      readonly kind: 'measurement';
      readonly file: string;
      readonly line: number;
      readonly measurement: RecordedMeasurement;
      /** All of it, as it stands there. */
      readonly value: unknown;
      /** A sentence that begins with the place, if the date that the measurement has is none. */
      readonly wrongDate: string | undefined;
    }
  | {
      readonly kind: 'problem';
      /** Sentences that begin with the place. */
      readonly messages: readonly string[];
    };

/**
 * Every measurement of a file: JSON, a measurement a line or spread over many, either with gzip; of a run folder;
 * of standard input, if it is `-`. Holds one measurement at a time.
 */
export async function* readMeasurements(name: string): AsyncGenerator<Reading> {
  const source = openSource(name);
  if ('wrong' in source) {
    yield { kind: 'problem', messages: [source.wrong] };
    return;
  }
  const { file, stream } = source;
  let isEmpty = true;
  try {
    for await (const document of documentsOf(linesOf(unzipped(stream)))) {
      isEmpty = false;
      yield readingOf(file, document);
    }
    if (isEmpty) yield problem(`${file}: found nothing; expected measurements as JSON`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    yield problem(`${file}: ${tellSystemError(error)}`);
  } finally {
    stream.destroy();
  }
}

function readingOf(file: string, document: Document): Reading {
  if ('wrong' in document) {
    const { line, column, wrong } = document;
    return problem(`${file}:${line}:${column === undefined ? '' : `${column}:`} ${wrong}`);
  }
  const { line, value } = document;
  const result = readMeasurement(value);
  if ('measurement' in result) {
    return {
      kind: 'measurement',
      file,
      line,
      value,
      ...result,
      wrongDate: wrongDate(file, document),
    };
  }
  return problem(
    ...result.problems.map(({ path, message }) => `${placeIn(file, document, path)}: ${message}`),
  );
}

/** `file:line:col`; without a column if the measurement is one of several on its line. */
function placeIn(file: string, { line, text }: Read, path: readonly PropertyKey[]): string {
  if (text === undefined) return `${file}:${line}`;
  const { line: at, column } = placeOf(line, text, offsetOfPath(text, path));
  return `${file}:${at}:${column}`;
}

function wrongDate(file: string, read: Read): string | undefined {
  const { measurement_start_time: time } = read.value as {
    readonly measurement_start_time?: unknown;
  };
  const day = time === undefined ? undefined : readDay(time);
  if (day === undefined || 'day' in day) return undefined;
  const place = placeIn(file, read, ['measurement_start_time']);
  return `${place}: measurement_start_time: ${day.wrong}`;
}

type Read = Extract<Document, { readonly value: unknown }>;

function problem(...messages: readonly string[]): Reading {
  return { kind: 'problem', messages };
}

function openSource(
  name: string,
): { readonly file: string; readonly stream: ReadStream } | { readonly wrong: string } {
  if (name === '-') {
    return isDevice(fstatSync(0)) && !isatty(0)
      ? { wrong: `stdin: ${DEVICE}` }
      : { file: 'stdin', stream: createReadStream('', { fd: 0 }) };
  }
  const found = kindOf(name);
  if (found instanceof Error) return { wrong: `${name}: ${tellSystemError(found)}` };
  if (found === 'device') return { wrong: `${name}: ${DEVICE}` };
  if (found !== 'folder') return { file: name, stream: createReadStream(name) };
  for (const file of FILES.map((inside) => join(name, inside))) {
    const kind = kindOf(file);
    // A pipe in its place would be waited for without end.
    if (kind === 'file') return { file, stream: createReadStream(file) };
    if (kind instanceof Error && codeOf(kind) !== 'ENOENT') {
      return { wrong: `${file}: ${tellSystemError(kind)}` };
    }
  }
  return {
    wrong: `${name}: a folder without measurements.jsonl; expected a run folder, or a file`,
  };
}

function kindOf(name: string): 'file' | 'folder' | 'device' | 'pipe' | Error {
  try {
    const stats = statSync(name);
    if (stats.isDirectory()) return 'folder';
    if (isDevice(stats)) return 'device';
    return stats.isFile() ? 'file' : 'pipe';
  } catch (error) {
    return error as Error;
  }
}

/** Some have no end. */
function isDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() || stats.isBlockDevice();
}

function tellSystemError(error: Error): string {
  return CODES[codeOf(error)] ?? messageOf(error);
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

const DEVICE = 'found a device; expected a file or a pipe';
const FILES = ['measurements.jsonl', 'measurements.jsonl.gz'];
const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; expected one with measurements, a run folder, or - for standard input',
  EACCES: 'may not be read by this user',
  ELOOP: 'found a link that leads to itself; expected a file',
  EISDIR: 'found a folder; expected a file',
};
