import fc from 'fast-check';
import {
  type Action,
  type ActionTree,
  FIELDS,
  type FieldKind,
  type FieldName,
  type GenevaStrategy,
  type Protocol,
} from '../../src/evasion/geneva/notation.ts';

/** In Geneva's notation; of every action, field and kind of value. */
export function anyStrategy(): fc.Arbitrary<GenevaStrategy> {
  return fc.record({
    out: fc.array(tree('out'), { maxLength: 3 }),
    in: fc.array(tree('in'), { maxLength: 2 }),
  });
}

function tree(direction: 'out' | 'in'): fc.Arbitrary<ActionTree> {
  return fc.record({
    trigger: fields().chain((field) =>
      fc.record({
        field: fc.constant(field),
        value: anyValueOf(field, true),
        gas: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
      }),
    ),
    action: fc.option(actions(direction), { nil: undefined }),
  });
}

function actions(direction: 'out' | 'in', depth = 3): fc.Arbitrary<Action> {
  const next =
    depth === 0
      ? fc.constant(undefined)
      : fc.option(
          fc.nat().chain(() => actions(direction, depth - 1)),
          { nil: undefined },
        );
  const branches = { first: next, second: next };
  const tamper = fields().chain((field): fc.Arbitrary<Action> => {
    if (field.name === 'qd') {
      return fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('compress' as const),
        value: fc.constant(undefined),
        next,
      });
    }
    return fc.oneof(
      fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('corrupt' as const),
        value: fc.constant(undefined),
        next,
      }),
      fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('replace' as const),
        value: anyValueOf(field, false),
        next,
      }),
    );
  });
  const either: fc.Arbitrary<Action>[] = [
    fc.constant({ do: 'drop' } as const),
    fc.constant({ do: 'send' } as const),
    fc.record({
      do: fc.constant('sleep' as const),
      seconds: fc.constantFrom(0, 1, 0.25, 1e-7),
      next,
    }),
    tamper,
  ];
  if (direction === 'in') return fc.oneof(...either);
  return fc.oneof(
    ...either,
    fc.record({ do: fc.constant('duplicate' as const), ...branches }),
    fc.record({
      do: fc.constant('fragment' as const),
      layer: fc.constantFrom('tcp' as const, 'ip' as const),
      size: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 60 })),
      inOrder: fc.boolean(),
      overlap: fc.nat({ max: 50 }),
      ...branches,
    }),
  );
}

function fields(): fc.Arbitrary<FieldName> {
  const all = Object.entries(FIELDS).flatMap(([protocol, ofIt]) =>
    Object.keys(ofIt).map((name) => ({ protocol: protocol as Protocol, name })),
  );
  return fc.constantFrom(...all);
}

function anyValueOf({ protocol, name }: FieldName, isTrigger: boolean): fc.Arbitrary<string> {
  const kind = (FIELDS[protocol] as Readonly<Record<string, FieldKind>>)[name] as FieldKind;
  switch (kind.is) {
    case 'number':
      return fc.integer({ min: 0, max: 2 ** kind.bits - 1 }).map(String);
    case 'tcp-flags':
      return fc.constantFrom('S', 'SA', 'PA', 'FRAPUECN', isTrigger ? 'R*' : 'R');
    case 'ip-flags':
      return fc.constantFrom('DF', 'MF+DF', 'evil', '');
    case 'address':
      return fc.ipV4();
    case 'option':
      return kind.length === undefined
        ? fc.constantFrom('', '00ff')
        : fc.integer({ min: 0, max: 2 ** Math.min(8 * kind.length, 32) - 1 }).map(String);
    case 'bytes':
      return fc.string({ maxLength: 12 }).map(encodeURIComponent);
    case 'name':
    case 'question':
      return fc.constantFrom('example.org.', '');
  }
}
