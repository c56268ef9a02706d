import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Explanation, explainFlow } from '../../src/replay/explain.ts';
import { type FlowPackets, flowsOf } from '../../src/replay/flow-packets.ts';
import { formatExplanation } from '../../src/report/explanation.ts';
import { loadCensorFile, parseCensor } from '../../src/scenario/censor-file.ts';
import { modelOf } from '../../src/scenario/model.ts';
import { policiesOf } from '../../src/scenario/policy.ts';
import { temporaryFile } from '../support/folder.ts';
import { tcpFrame } from '../support/packets.ts';
import { pcap } from '../support/pcap.ts';

describe('of a flow that passed', () => {
  test('it tells what was read, and every knob that alone would have caught it', () => {
    const explanation = explain('urgent-byte-hides-a-name-from-who-reads-it-inline');
    expect(explanation).toMatchObject({ outcome: 'passed', read: ['tls.sni=blockead.tes'] });
    expect(explanation.changes.map(({ yaml }) => yaml)).toContain('stream: { urgent: oob }');
  });

  test('it names the fewest knobs that together would have caught it', () => {
    const explanation = explain('decoy-with-an-md5-signature-fools-who-ignores-it', {
      model: 'model: { preset: first-payload, direction: to-client }',
    });
    expect(explanation.tried.pairs).toBeGreaterThan(0);
    expect(explanation.changes.every(({ knobs }) => knobs.length === 2)).toBe(true);
    expect(explanation.changes[0]?.knobs[0]?.knob).toBe('validate.options.md5');
  });

  test('it says what was tried in vain', () => {
    const explanation = explain('az-2017-passes-another-name', { patience: 0 });
    expect(explanation.changes).toEqual([]);
    expect(explanation.tried).toMatchObject({ pairs: 0, triples: 0, isCut: true });
    expect(formatExplanation(explanation)).toMatch(
      /nothing that was tried would block it: \d+ single knobs, then time ran out$/,
    );
  });
});

test.each([
  { limit: 'probability', text: 'probability: 0.000001' },
  { limit: 'during', text: 'during: { from: "1990-01-01T00:00:00Z", to: "1990-01-02T00:00:00Z" }' },
])('of a flow that passed for the $limit of a rule alone, it says so', ({ limit, text }) => {
  const rule = `{ name: site, trigger: { match: http.host, patterns: ['meydan'] }, action: { do: drop }, ${text} }`;
  const { rules, model } = parseCensor(`rules: [${rule}]`, 'x');
  const explanation = explainFlow(firstFlow('az-2017-resets-a-host-with-a-trailing-dot'), {
    ...{ model: modelOf(model), policyFor: policiesOf(rules), patience: 0 },
  });
  expect(explanation).toMatchObject({ outcome: 'passed', sparedBy: { rule: 'site', limit } });
  expect(formatExplanation(explanation)).toContain(
    `passed\n  but for its \`${limit}\`, rule "site" would have acted`,
  );
});

test.each(['{ do: throttle, rate_kbps: 1 }', '{ do: delay, ms: 100 }'])(
  'of a flow that goes on with %s, it does not say that it was blocked',
  (action) => {
    const rule = `{ name: site, trigger: { match: http.host, patterns: ['meydan'] }, action: ${action} }`;
    const { rules, model } = parseCensor(`rules: [${rule}]`, 'x');
    const explanation = explainFlow(firstFlow('az-2017-resets-a-host-with-a-trailing-dot'), {
      ...{ model: modelOf(model), policyFor: policiesOf(rules), patience: 0 },
    });
    expect(explanation).toMatchObject({ outcome: 'slowed', decision: { rule: 'site' } });
    expect(formatExplanation(explanation)).toMatch(/slowed by rule "site"/);
  },
);

test('where a box has no rule at all, no sets of knobs are tried in vain', () => {
  const packets = firstFlow('az-2017-passes-another-name');
  const explanation = explainFlow(packets, {
    model: modelOf({ preset: 'plain' }),
    policyFor: policiesOf([]),
  });
  expect(explanation).toMatchObject({ outcome: 'passed', changes: [], tried: { pairs: 0 } });
  expect(formatExplanation(explanation)).toContain(
    'nothing that was tried would block it: the box has no rule',
  );
});

test('of a capture with more flows than can be held, the first are kept and the others counted', () => {
  const syn = { src: '10.0.0.1', dst: '198.18.0.80', seq: 1, ack: 0, flags: 'S' } as const;
  const frames = Array.from({ length: 10_003 }, (_, i) =>
    tcpFrame({ ...syn, srcPort: 1000 + i, dstPort: 80 }),
  );
  const { flows, leftOut } = flowsOf(temporaryFile(pcap(frames)));
  expect([flows.length, leftOut]).toEqual([10_000, 3]);
  const [last] = flowsOf(temporaryFile(pcap(frames)), ({ client }) =>
    client.endsWith(':11002'),
  ).flows;
  expect(last?.flow.flow).toBe(10_003);
});

describe('of a flow that was blocked', () => {
  const explanation = explain('az-2017-resets-a-host-with-a-trailing-dot');

  test('it tells by which rule, and what had been read', () => {
    expect(explanation).toMatchObject({
      outcome: 'blocked',
      decision: { rule: 'blocked site, HTTP', action: 'reset', why: 'http.host=meydan.tv.' },
    });
  });

  test('it finds how names are compared, and spells that as a profile does', () => {
    expect(explanation.changes).toContainEqual({
      knobs: [{ knob: 'host.normalise.trailing_dot', from: 'strip', to: 'literal' }],
      yaml: 'host: { normalise: { trailing_dot: literal } }',
      match: null,
    });
    expect(formatExplanation(explanation)).toContain(
      'host.normalise.trailing_dot: strip → literal\n      host: { normalise: { trailing_dot: literal } }',
    );
  });

  test('knobs that say where a box looks come after those that say how it reads', () => {
    const names = explanation.changes.map(({ knobs }) => knobs[0]?.knob);
    expect(names).toEqual(['host.normalise.trailing_dot', 'direction']);
  });

  test('the row of a run that made it is named', () => {
    const request = { probe: 'curl', url: 'http://meydan.tv/' };
    const row = { claim: 'the dot does not help', from: 'client', request };
    expect(formatExplanation(explanation, row)).toContain(
      '\n  made by curl http://meydan.tv/ from client: the dot does not help\n  blocked by',
    );
  });

  test('it is the same as JSON', () => {
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});

test('of a flow that passed, each change comes with the bytes that would then match, and their direction', () => {
  const explanation = explain('az-2017-in-packets-passes-a-name-in-two-segments');
  const change = explanation.changes.find(({ knobs }) => knobs[0]?.to === 'in-order');
  expect(change?.match).toMatchObject({
    rule: 'blocked site, HTTP',
    why: 'http.host=meydan.tv',
    direction: 'to-server',
    within: 'stream',
    length: 9,
  });
  expect(formatExplanation(explanation)).toContain(
    `\n      rule "blocked site, HTTP" would then match http.host=meydan.tv: 9 bytes at offset ${change?.match?.offset} of the stream, to-server\n`,
  );
});

test.each([
  'az-2017-resets-a-host-with-a-trailing-dot',
  'decoy-with-a-wrong-checksum-fools-who-does-not-check',
  'name-in-two-records-passes-who-reads-each-alone',
])('each change, put into the censor of %s, changes the outcome', (claim) => {
  const { changes, outcome } = explain(claim);
  expect(changes.length).toBeGreaterThan(0);
  for (const { knobs } of changes) {
    const { model } = loadCensorFile(fileOf(claim, 'censor.yaml'));
    const changed = knobs.reduce((spec, { knob, to }) => put(spec, knob.split('.'), to), model);
    const again = explain(claim, { model: JSON.stringify({ model: changed }) });
    expect(again.outcome, JSON.stringify(knobs)).not.toBe(outcome);
  }
});

/** The first flow of a golden capture past its censor, or past its rules with another model. */
function explain(
  claim: string,
  { model: text, patience = 60_000 }: { model?: string; patience?: number } = {},
): Explanation {
  const { rules, model } = loadCensorFile(fileOf(claim, 'censor.yaml'));
  const spec = text === undefined ? model : parseCensor(`${asModel(text)}\n${ANY_RULE}`, 'x').model;
  return explainFlow(firstFlow(claim), {
    ...{ model: modelOf(spec), policyFor: policiesOf(rules), patience },
  });
}

function firstFlow(claim: string): FlowPackets {
  const {
    flows: [flow],
  } = flowsOf(fileOf(claim, 'input.pcap'));
  if (flow === undefined) throw new Error(`${claim} has no flow`);
  return flow;
}

function asModel(text: string): string {
  return text.startsWith('{') ? `model: ${JSON.stringify(JSON.parse(text).model)}` : text;
}

function put<T extends object>(spec: T, [key = '', ...rest]: readonly string[], value: unknown): T {
  const inner = (spec as Record<string, unknown>)[key];
  const next = rest.length === 0 ? value : put((inner ?? {}) as object, rest, value);
  return { ...spec, [key]: next };
}

function fileOf(claim: string, name: string): string {
  return fileURLToPath(new URL(`../golden/${claim}/${name}`, import.meta.url));
}

const ANY_RULE =
  'rules: [{ name: any, trigger: { match: volume, bytes_over: 0 }, action: { do: drop } }]';
