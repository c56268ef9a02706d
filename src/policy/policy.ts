import type { Model } from './model.ts';
import type { Rule } from './rule.ts';

/** What is blocked, and by how good a box. */
export interface Policy {
  readonly model: Model;
  readonly rules: readonly Rule[];
}
