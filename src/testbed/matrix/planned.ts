import type { Strategy } from '../../evasion/strategy.ts';
import type { Scenario } from '../../scenario/schema.ts';
import type { Tool } from '../../scenario/tool-file.ts';
import type { OnFolder, Tried } from './room.ts';
import type { MatrixTarget } from './target.ts';

/** A strategy, or a tool, and what it is tried on. */
export type Planned = { readonly target: MatrixTarget } & (
  | { readonly strategy: Strategy; readonly tool?: undefined }
  | { readonly tool: Tool; readonly strategy?: undefined }
);

/** Cells that are tried under one model of a censor. */
export interface Plan {
  readonly scenario: Scenario;
  readonly profile: string;
  readonly cells: readonly Planned[];
  /** The matrix's, for captures and logs. */
  readonly folder: string;
  /** For the labs: see `OpenLabOptions`. */
  readonly readOnlyFiles?: boolean | undefined;
  readonly onFolder?: OnFolder | undefined;
}

export interface PlanOptions {
  readonly jobs?: number | undefined;
  readonly repeat?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a target fares without a strategy or a tool: once for each repetition, which all who are tried then share. */
export type ControlOf = (target: MatrixTarget, repetition: number) => Promise<Tried>;
