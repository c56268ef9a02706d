import { ChokepointError } from '../../base/errors.ts';

/** Where in a capture something was found that should not be there. */
export interface CapturePlace {
  /** The file's name as it was given, or `standard input`. */
  readonly file: string;
  /** In bytes from the start of the file. */
  readonly offset: number;
}

/** `FILE: at byte N: found …, expected …` */
export function invalidCapture(
  { file, offset }: CapturePlace,
  what: { readonly found: string; readonly expected: string; readonly hint?: string },
): ChokepointError {
  const message = `${file}: at byte ${offset}: found ${what.found}, expected ${what.expected}`;
  return new ChokepointError('CAPTURE_INVALID', message, { hint: what.hint ?? DAMAGED });
}

const DAMAGED =
  'the file may be damaged; if Wireshark can read it, `editcap -F pcapng FILE COPY.pcapng` makes one that can be read here';
