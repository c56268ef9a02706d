/** The public API: scenarios, and labs to run them or anything else in. */

export { ChokepointError, type ErrorCode } from './base/errors.ts';
export { CATALOGUE } from './evasion/catalogue.ts';
export type { Strategy } from './evasion/strategy.ts';
export type { ConnectionRecord } from './origin/connection-log.ts';
export type { Decision } from './policy/verdict.ts';
export type { Located } from './probe/locate/locate.ts';
export type { LocateRequest, TriggerPacket } from './probe/locate/request.ts';
export type { Observation, ProbeRequest } from './probe/observation.ts';
export { loadScenario, loadScenarioFile, scenarioIds } from './scenario/library.ts';
export type { Expectation, HostName, Scenario } from './scenario/schema.ts';
export { scenarioFor, type Tool } from './scenario/tool-file.ts';
export { loadTool, toolIds } from './scenario/tool-library.ts';
export {
  type Lab,
  type LabEvent,
  type LogMark,
  type OpenLabOptions,
  openLab,
} from './testbed/lab.ts';
export { type LocateOptions, type LocateResult, locateBox } from './testbed/locate.ts';
export type { DirectionResult } from './testbed/locate-result.ts';
export type { Cell } from './testbed/matrix/cell.ts';
export { type MatrixOptions, runMatrix } from './testbed/matrix/matrix.ts';
export { type Row, type RowResult, rowsOf } from './testbed/rows.ts';
export { type RunOptions, type RunResult, runScenario } from './testbed/run.ts';
export type { SensorNetwork, SensorResult } from './testbed/sensor-run.ts';
export type { SensorVerdict } from './testbed/sensor-verdict.ts';
export type { ScenarioTable } from './testbed/tables.ts';
export {
  type Fetched,
  type RunningTool,
  type StartToolOptions,
  startTool,
  type ToolRequest,
} from './testbed/tool.ts';
export { ToolFailure, type ToolFailureKind } from './testbed/tool-failure.ts';
