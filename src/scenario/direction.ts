import type { Direction } from '../flow/flow.ts';
import type { Model } from '../policy/model.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { TriggerSpec } from './trigger-schema.ts';

/**
 * Which way a rule looks; both, if undefined. Where a trigger could be seen in what a client asks and in what it is answered,
 * the question counts, unless the rule says otherwise.
 */
export function directionOf({ direction, trigger, action }: RuleSpec): Direction | undefined {
  if (direction !== undefined) return direction;
  // A combination looks each way that one of its parts does.
  const isOfClients = FROM_CLIENTS.includes(trigger.match) || action.do === 'respond';
  return isOfClients ? 'to-server' : undefined;
}

/** The only way that what sets off such a trigger can go, as a box of this model sees the roles; undefined if both can. */
export function onlyWay(match: TriggerSpec['match'], model: Model): Direction | undefined {
  return isRaw(match, model) ? undefined : ONLY_WAY[match];
}

/** Whether the box looks for names anywhere in the bytes, and so does not know what they are. */
export function isRaw(match: TriggerSpec['match'], { tls, http }: Model): boolean {
  if (match === 'tls.sni') return tls.parse === 'substring';
  return match === 'http.host' && http.parse === 'substring';
}

const FROM_CLIENTS: readonly string[] = ['dns.qname', 'protocol', 'fully-encrypted'];
/** The address is looked at in the first packet of a flow. */
const ONLY_WAY: Readonly<Partial<Record<TriggerSpec['match'], Direction>>> = {
  'http.host': 'to-server',
  'http.url': 'to-server',
  'tls.sni': 'to-server',
  'quic.sni': 'to-server',
  'tls.client-hello': 'to-server',
  'tls.server-flight': 'to-client',
  address: 'to-server',
};
