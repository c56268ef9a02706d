import { ChokepointError } from '../base/errors.ts';

/**
 * How a tool failed: a command that prepares it did, a program of it ended, was not ready in its time, or listens on other
 * ports than its file says.
 */
export type ToolFailureKind = 'prepare-failed' | 'died' | 'not-ready' | 'listens-elsewhere';

/** A circumvention tool that did not do what its file says; what it said last is in the message. */
export class ToolFailure extends ChokepointError {
  readonly kind: ToolFailureKind;
  /** What its programs had said until then, or the last of it. */
  readonly log: string;

  constructor(kind: ToolFailureKind, what: string, log: string) {
    super('TOOL_FAILED', withLast(what, log));
    this.kind = kind;
    this.log = log;
  }
}

function withLast(what: string, log: string): string[] {
  if (log.trim() === '') return [`${what}; it said nothing`];
  const lines = log.trimEnd().split('\n').slice(-LAST_LINES);
  return [`${what}; the last that it said:`, ...lines.map((line) => `  ${line}`)];
}

const LAST_LINES = 8;
