import type { Rule } from './rule.ts';

/** How good the box is. Knobs that are not here have the weakest value: nothing is validated, nothing defragmented. */
export interface Model {
  /** `packet`: each segment is read alone. `in-order`: a request or ClientHello is reassembled before it is read. */
  readonly stream: 'packet' | 'in-order';
}

/** What is blocked, and by how good a box. */
export interface Policy {
  readonly model: Model;
  readonly rules: readonly Rule[];
}
