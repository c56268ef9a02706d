import type { RE2JS } from 're2js';

/** A regular expression as instructions over bytes, in arrays: what `re2js` compiles, without its objects. */
export interface PatternProgram {
  readonly start: number;
  readonly length: number;
  readonly op: Uint8Array;
  /** Where an instruction goes on; ALT tries `other` too. */
  readonly next: Uint16Array;
  readonly other: Uint16Array;
  /** What ASSERT asks for. */
  readonly asserted: Uint8Array;
  /** The bytes that BYTE takes: 256 bits for each instruction. */
  readonly taken: Int32Array;
}

export const Op = { FAIL: 0, GO: 1, ALT: 2, ASSERT: 3, MATCH: 4, BYTE: 5 } as const;

/** Bits of ASSERT, as RE2 numbers them. */
export const At = {
  LINE_BEGIN: 1,
  LINE_END: 2,
  TEXT_BEGIN: 4,
  TEXT_END: 8,
  WORD_BOUNDARY: 16,
  NO_WORD_BOUNDARY: 32,
} as const;

export function programOf(compiled: RE2JS): PatternProgram {
  const { inst, start }: CompiledProgram = compiled.re2().prog;
  const program = emptyProgram(start, inst.length);
  for (const [i, instruction] of inst.entries()) {
    const op = opOf(instruction);
    program.op[i] = op;
    program.next[i] = instruction.out;
    if (op === Op.ALT) program.other[i] = instruction.arg;
    if (op === Op.ASSERT) program.asserted[i] = instruction.arg;
    if (op === Op.BYTE) takeBytes(program.taken, i, instruction);
  }
  return program;
}

export function takes(taken: Int32Array, instruction: number, byte: number): boolean {
  return (((taken[8 * instruction + (byte >>> 5)] as number) >>> (byte & 31)) & 1) === 1;
}

function takeBytes(taken: Int32Array, at: number, instruction: CompiledInstruction): void {
  for (let byte = 0; byte < 256; byte++) {
    if (!instruction.matchRune(byte)) continue;
    const word = 8 * at + (byte >>> 5);
    taken[word] = (taken[word] as number) | (1 << (byte & 31));
  }
}

function opOf({ op, constructor: names }: CompiledInstruction): number {
  switch (op) {
    case names.ALT:
    case names.ALT_MATCH:
      return Op.ALT;
    case names.CAPTURE:
    case names.NOP:
      return Op.GO;
    case names.EMPTY_WIDTH:
      return Op.ASSERT;
    case names.MATCH:
      return Op.MATCH;
    case names.FAIL:
      return Op.FAIL;
    case names.RUNE:
    case names.RUNE1:
    case names.RUNE_ANY:
    case names.RUNE_ANY_NOT_NL:
      return Op.BYTE;
    default:
      throw new Error(`re2js compiled to an instruction that is not known here: ${op}`);
  }
}

function emptyProgram(start: number, length: number): PatternProgram {
  return {
    start,
    length,
    op: new Uint8Array(length),
    next: new Uint16Array(length),
    other: new Uint16Array(length),
    asserted: new Uint8Array(length),
    taken: new Int32Array(8 * length),
  };
}

/** What `re2js` has in `RE2.prog`, which its types leave open. */
interface CompiledProgram {
  readonly inst: readonly CompiledInstruction[];
  readonly start: number;
}

interface CompiledInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
  readonly constructor: Readonly<
    Record<
      | 'ALT'
      | 'ALT_MATCH'
      | 'CAPTURE'
      | 'EMPTY_WIDTH'
      | 'FAIL'
      | 'MATCH'
      | 'NOP'
      | 'RUNE'
      | 'RUNE1'
      | 'RUNE_ANY'
      | 'RUNE_ANY_NOT_NL',
      number
    >
  >;
}
