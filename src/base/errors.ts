import { bounded, showable } from './showable.ts';

/** Stable names of what can go wrong for a person; programs may switch on them. */
export type ErrorCode =
  | 'USAGE'
  | 'SCENARIO_UNKNOWN'
  | 'SCENARIO_INVALID'
  | 'CAPTURE_INVALID'
  | 'STRATEGY_INVALID'
  | 'TOOL_UNKNOWN'
  | 'HOST_UNKNOWN'
  | 'LAB_UNKNOWN'
  | 'OUTPUT_FAILED'
  | 'MACHINE_CANNOT'
  | 'TOOL_FAILED'
  | 'LAB_FAILED'
  | 'LAB_DIED';

export interface ErrorContext {
  readonly cause?: unknown;
  /** What to do about it: a command, or a sentence a person can act on. */
  readonly hint?: string | undefined;
}

/**
 * An error meant for people: the failing thing in `message`, the fix in `hint`, never a stack trace. Names and values of others may
 * stand in both: they are made showable here. A message of several lines is given as a list of them.
 */
export class ChokepointError extends Error {
  override readonly name = 'ChokepointError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string | readonly string[], context: ErrorContext = {}) {
    const { cause, hint } = context;
    super(linesOf(message), cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint === undefined ? undefined : linesOf(hint);
  }

  /** 2: wrong usage, scenario or capture; 3: this machine cannot, or a lab or a tool could not be started or kept. */
  get exitCode(): 2 | 3 {
    switch (this.code) {
      case 'MACHINE_CANNOT':
      case 'TOOL_FAILED':
      case 'LAB_FAILED':
      case 'LAB_DIED':
        return 3;
      default:
        return 2;
    }
  }
}

function linesOf(text: string | readonly string[]): string {
  const lines = typeof text === 'string' ? [text] : text;
  return lines.map((line) => showable(bounded(line))).join('\n');
}

/** The message of anything thrown, for wrapping into a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
