import { describe, expect, test } from 'vitest';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { ascii } from '../support/packets.ts';
import { clientSays, handshake, head, type Step, talk } from '../support/talk.ts';

const BLOCKED = head('GET / HTTP/1.1', 'Host: blocked.test');
const NAME_AT = Buffer.from(BLOCKED).indexOf('blocked');
const RULE = nameRule('http.host', 'blocked.test', RESET);
const FAR = 0x2000_0000;
const OOB = { urgent: 'oob' } as const;

describe('the urgent byte, for a box that leaves it out as servers do', () => {
  const cut = NAME_AT + 3;
  const spoilt = ascii(Buffer.from(BLOCKED).toString().replace('blocked', 'blo!cked'));
  const announced = [
    clientSays({ flags: 'AU', urgentPointer: cut + 1 }),
    clientSays({ payload: spoilt }),
  ];
  const within = [clientSays({ flags: 'PAU', urgentPointer: cut + 1, payload: spoilt })];

  test.each<{
    name: string;
    stream: NonNullable<ModelChange['stream']>;
    says: readonly Step[];
    passes: boolean;
  }>([
    {
      name: 'is told with it, in order',
      stream: { ...OOB, mode: 'in-order' },
      says: within,
      passes: false,
    },
    {
      name: 'is told before it, in order',
      stream: { ...OOB, mode: 'in-order' },
      says: announced,
      passes: false,
    },
    {
      name: 'is told before it, and copies count',
      stream: { ...OOB, mode: 'full' },
      says: announced,
      passes: false,
    },
    {
      name: 'is told before it, packet by packet',
      stream: { ...OOB, mode: 'packet' },
      says: announced,
      passes: true,
    },
    {
      name: 'is told before it, for a box that reads it',
      stream: { mode: 'in-order' },
      says: announced,
      passes: true,
    },
    {
      name: 'is the first one where the pointer is 0, as Linux has it',
      stream: { ...OOB, mode: 'in-order' },
      says: [
        clientSays({ flags: 'PAU', payload: ascii('!') }),
        clientSays({ at: 1, payload: BLOCKED }),
      ],
      passes: false,
    },
    {
      name: 'is another one where the pointer says so',
      stream: { ...OOB, mode: 'in-order' },
      says: [clientSays({ flags: 'PAU', urgentPointer: cut, payload: spoilt })],
      passes: true,
    },
  ])('$name', ({ stream, says, passes }) => {
    expect(talk(...handshake(), ...says)(policy({ stream }))).toBe(passes);
  });

  test.each<{ name: string; says: readonly Step[] }>([
    {
      name: 'a SYN',
      says: [
        clientSays({ at: -1, flags: 'SU', urgentPointer: NAME_AT + 1 }),
        ...handshake().slice(1),
      ],
    },
    {
      name: 'a RST that ends nothing',
      says: [...handshake(), clientSays({ flags: 'RU', urgentPointer: NAME_AT + 1 })],
    },
  ])('is not announced by $name', ({ says }) => {
    const change: ModelChange = {
      tcb: { teardown: { ...PLAIN.tcb.teardown, on: [] } },
      stream: { ...OOB, mode: 'in-order' },
    };
    expect(talk(...says, clientSays({ payload: BLOCKED }))(policy(change))).toBe(false);
  });

  test('does not have a flow read again that went over the limit', () => {
    const secret = keywords('payload', { keywords: ['secret'], patterns: [] });
    const limit = { ...PLAIN.stream.limit, bytes: 100 };
    const long = ascii(`GET / HTTP/1.1\r\nX: ${'x'.repeat(200)}`);
    const says = [
      clientSays({ payload: long }),
      clientSays({ at: long.length, flags: 'AU', urgentPointer: 1 }),
      clientSays({ at: long.length, payload: ascii('!a secret') }),
    ];
    const stream = { ...OOB, mode: 'in-order', limit } as const;
    const rule = { name: 'secret', trigger: secret, action: RESET };
    expect(talk(...handshake(), ...says)(policy({ stream }, rule))).toBe(true);
  });
});

describe('a box that follows all SYNs of a flow reads a request', () => {
  const again = (at: number): Step => clientSays({ at: at - 1, flags: 'S' });
  const parts = (at: number): [Step, Step] => [
    clientSays({ at, payload: BLOCKED.slice(0, NAME_AT + 3) }),
    clientSays({ at: at + NAME_AT + 3, payload: BLOCKED.slice(NAME_AT + 3) }),
  ];
  const [first, second] = parts(0);
  const whole = (at: number): Step => clientSays({ at, payload: BLOCKED });

  test.each<{ name: string; says: readonly Step[]; passes?: boolean }>([
    { name: 'that goes on from the first', says: [again(FAR), whole(0)] },
    { name: 'that was begun before the second', says: [first, again(FAR), second] },
    { name: 'that goes on from the second, in parts', says: [again(FAR), ...parts(FAR)] },
    { name: 'from the second, though another was begun', says: [first, again(FAR), whole(FAR)] },
    { name: 'that goes on from the third', says: [again(FAR), again(2 * FAR), whole(2 * FAR)] },
    { name: 'from the second of three', says: [again(FAR), again(2 * FAR), ...parts(FAR)] },
    { name: 'but none from elsewhere', says: [again(FAR), whole(2 * FAR)], passes: true },
  ])('$name', ({ says, passes = false }) => {
    const change: ModelChange = {
      tcb: { onSecondSyn: 'multi' },
      validate: { seq: 'window' },
      stream: { mode: 'in-order' },
    };
    expect(talk(...handshake(), ...says)(policy(change))).toBe(passes);
  });
});

function policy({ tcb, validate, stream }: ModelChange, rule: Rule = RULE): Policy {
  const model = {
    ...PLAIN,
    tcb: { ...PLAIN.tcb, ...tcb },
    validate: { ...PLAIN.validate, ...validate },
    stream: { ...PLAIN.stream, ...stream },
  };
  return { model, rules: [rule] };
}
