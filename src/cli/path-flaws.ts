import { ChokepointError } from '../base/errors.ts';
import type { Scenario } from '../scenario/schema.ts';

export interface PathFlaws {
  /** Of a hundred frames, on the whole path. */
  readonly loss?: string | undefined;
  /** In ms, on the whole path. */
  readonly jitter?: string | undefined;
}

/** The scenario with the loss and jitter that were asked for on the path, in its sensor's lab too. */
export function withFlaws(scenario: Scenario, { loss, jitter }: PathFlaws): Scenario {
  const percent = loss === undefined ? undefined : numberOf('--loss', loss, PERCENT);
  const most = jitter === undefined ? undefined : numberOf('--jitter', jitter, MILLISECONDS);
  const on = (topology: Topology): Topology => flawed(topology, percent, most);
  const { sensor } = scenario;
  return {
    ...scenario,
    topology: on(scenario.topology),
    ...(sensor && { sensor: { ...sensor, topology: on(sensor.topology) } }),
  };
}

type Topology = Scenario['topology'];

/** Each link has the same share: there are two to a box. */
function flawed(topology: Topology, percent: number | undefined, most: number | undefined) {
  const { transit } = topology;
  const links = transit === undefined ? 2 : 4;
  const loss = percent === undefined ? undefined : 1 - (1 - percent / 100) ** (1 / links);
  const share = {
    ...(loss === undefined ? {} : { near_loss: loss, far_loss: loss }),
    ...(most === undefined ? {} : { near_jitter_ms: most / links, far_jitter_ms: most / links }),
  };
  return { ...topology, ...share, ...(transit && { transit: { ...transit, ...share } }) };
}

function numberOf(flag: string, text: string, { most, of, such }: Quantity): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw new ChokepointError('USAGE', `${flag}: expected ${of} from 0 to ${most}; found "${text}"`, {
    hint: `write it as ${flag} ${such}`,
  });
}

interface Quantity {
  readonly most: number;
  readonly of: string;
  readonly such: string;
}

const PERCENT: Quantity = { most: 100, of: 'a number of frames in a hundred', such: '0.5' };
const MILLISECONDS: Quantity = { most: 10_000, of: 'a number of milliseconds', such: '20' };
