import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import { showable } from '../../src/base/showable.ts';
import type { Verdict } from '../../src/evasion/verdict.ts';
import { VERDICTS } from '../../src/report/matrix-cell.ts';
import { matrixJunit } from '../../src/report/matrix-junit.ts';
import { cell, times, UNBLOCKED } from '../support/matrix-cells.ts';

const SCHEMA = XsdValidator.fromDoc(
  XmlDocument.fromBuffer(readFileSync(new URL('junit.xsd', import.meta.url))),
);
const CELLS = [
  cell('none', 'az', 'CENSORED', {
    tookMs: 1200,
    blocked: { hasSucceeded: false, failure: 'connection_reset' },
    allowed: { hasSucceeded: true, failure: null },
  }),
  cell('[TCP:flags:PA]-drop-| \\/', 'az', 'EVADED', { tookMs: 34 }),
  cell('byedpi', 'az', 'INFRA', {
    ...{ kind: 'tool', why: 'exit 1\n\u001b[31m<no port>\u0000', verdicts: times(2, 'INFRA') },
  }),
  cell('none', 'kz', 'MODEL', { carrier: 'https', why: UNBLOCKED }),
];

test('a suite for each column and a case for each strategy, with what is against it', () => {
  expect(matrixJunit(CELLS).split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="chokepoint matrix" tests="4" failures="1" errors="2" time="1.234">',
    '  <testsuite name="az P http" tests="3" failures="1" errors="1" time="1.234">',
    '    <testcase name="none" classname="az P http" time="1.200">',
    '      <failure message="CENSORED; expected EVADED" type="CENSORED">CENSORED: the censor stops the blocked name, or a tool as a whole',
    'blocked name: connection_reset',
    'allowed name: works</failure>',
    '    </testcase>',
    '    <testcase name="[TCP:flags:PA]-drop-| \\/" classname="az P http" time="0.034"/>',
    '    <testcase name="byedpi" classname="az P http" time="0.000">',
    '      <error message="INFRA; exit 1 …" type="INFRA">INFRA: says nothing of the strategy: the lab, or the tool, does not work',
    '2 INFRA',
    'exit 1',
    '\\u001b[31m&lt;no port&gt;\\u0000</error>',
    '    </testcase>',
    '  </testsuite>',
    '  <testsuite name="kz P https" tests="1" failures="0" errors="1" time="0.000">',
    '    <testcase name="none" classname="kz P https" time="0.000">',
    '      <error message="MODEL; without a strategy the blocked name gets through" type="MODEL">MODEL: says nothing of the strategy: without one, nothing is blocked',
    'without a strategy the blocked name gets through</error>',
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});

describe('what is against a case', () => {
  const flawOf = (verdict: Verdict, accepted?: readonly Verdict[]): string | undefined => {
    const xml = matrixJunit([cell('none', 'az', verdict)], accepted && (() => accepted));
    return read(xml).cases[0]?.flaw?.kind;
  };

  test.each<[Verdict, string | undefined]>([
    ['EVADED', undefined],
    ...(['CENSORED', 'BROKEN', 'LEAK', 'NOT-APPLIED'] as const).map(
      (verdict): [Verdict, string] => [verdict, 'failure'],
    ),
    ['MODEL', 'error'],
    ['INFRA', 'error'],
  ])('by default, of %s: %s', (verdict, kind) => {
    expect(flawOf(verdict)).toBe(kind);
  });

  test('where a strategy is to be censored, that it evades is a failure', () => {
    expect(flawOf('CENSORED', ['CENSORED', 'BROKEN'])).toBe(undefined);
    expect(flawOf('EVADED', ['CENSORED', 'BROKEN'])).toBe('failure');
    const xml = matrixJunit([cell('none', 'az', 'EVADED')], () => ['CENSORED', 'BROKEN']);
    expect(xml).toContain('message="EVADED; expected CENSORED or BROKEN"');
  });

  test('what says nothing of a strategy is an error even where it is accepted', () => {
    expect(flawOf('INFRA', ['INFRA'])).toBe('error');
  });
});

test('no cells make a report without suites', () => {
  expect(read(matrixJunit([])).totals).toEqual(['0', '0', '0', '0.000']);
});

test('whatever strategies and logs say, another parser reads it back', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('true', ']]>', '<!--', '&#0;', '\ud800', '\ufffe', '\u0000\u001b\r\n\t'),
  );
  const cells = fc.uniqueArray(
    fc.record({
      strategy: texts.filter((text) => !text.includes('\n')),
      verdict: fc.constantFrom(...VERDICTS),
      why: texts,
      tookMs: fc.nat(),
    }),
    { selector: ({ strategy }) => showable(strategy), minLength: 1 },
  );
  fc.assert(
    fc.property(cells, (some) => {
      const all = some.map(({ strategy, verdict, ...rest }) => cell(strategy, 'az', verdict, rest));
      const { cases, totals } = read(matrixJunit(all));
      expect(cases.map(({ name }) => name)).toEqual(all.map(({ strategy }) => showable(strategy)));
      for (const [i, { flaw }] of cases.entries()) {
        const { verdict, why } = all[i] as (typeof all)[number];
        if (verdict === 'EVADED') expect(flaw).toBe(undefined);
        else expect(flaw?.text.endsWith(linesOf(why ?? ''))).toBe(true);
      }
      const counts = (kind: string): string =>
        String(cases.filter(({ flaw }) => flaw?.kind === kind).length);
      expect(totals.slice(0, 3)).toEqual([`${all.length}`, counts('failure'), counts('error')]);
    }),
  );
});

interface ReadReport {
  readonly totals: readonly (string | undefined)[];
  readonly cases: readonly {
    readonly name: string | undefined;
    readonly flaw: { readonly kind: string; readonly text: string } | undefined;
  }[];
}

/** By libxml2, against the schema. */
function read(xml: string): ReadReport {
  const document = XmlDocument.fromString(xml);
  try {
    SCHEMA.validate(document);
    const { root } = document;
    const attribute = (of: XmlElement, name: string): string | undefined => of.attr(name)?.value;
    return {
      totals: ['tests', 'failures', 'errors', 'time'].map((name) => attribute(root, name)),
      cases: root.find('testsuite/testcase').map((node) => {
        const one = node as XmlElement;
        const flaw = one.get('failure|error');
        return {
          name: attribute(one, 'name'),
          flaw: flaw instanceof XmlElement ? { kind: flaw.name, text: flaw.content } : undefined,
        };
      }),
    };
  } finally {
    document.dispose();
  }
}

function linesOf(text: string): string {
  return text.split(/\r?\n/).map(showable).join('\n');
}
