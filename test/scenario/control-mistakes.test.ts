import { describe, expect, test } from 'vitest';
import { loadScenario, scenarioIds } from '../../src/scenario/library.ts';
import { CONTROL, complaintsAbout, type ScenarioParts, scenarioOf } from '../support/scenarios.ts';

describe('a scenario states a negative control', () => {
  test.each(scenarioIds())('%s does', (id) => {
    const controls = loadScenario(id).expect.filter((row) => row.negative_control);
    expect(controls.length).toBeGreaterThan(0);
    for (const { see } of controls) expect(see.failure).toBeNull();
  });

  test('and one without is told what to add, and where', () => {
    const text = scenarioOf().replace(`, ${CONTROL}`, '');
    expect(complaintsAbout(text)).toEqual([
      'x.yaml:10:1: expect: expected at least one row with `negative_control: true`: a target that only looks like what is blocked, seen from "client" or "inside", with `failure: null`; found none',
    ]);
  });

  test('of which it does not count that a row works, if it is not said to be one', () => {
    const control = CONTROL.replace('negative_control: true', 'negative_control: false');
    expect(complaintsAbout(scenarioOf().replace(CONTROL, control))).toHaveLength(1);
  });
});

describe('a negative control', () => {
  const row = (text: string, parts: ScenarioParts = {}): string[] =>
    complaintsAbout(scenarioOf({ ...parts, expect: `negative_control: true, ${text}` }));
  const HTTP = 'probe: http, urls: ["http://a.org/"], see: { failure: null }';

  test.each([
    { what: 'may come from the client', text: HTTP },
    { what: 'may come from a server in the country', text: `${HTTP}, from: inside` },
    { what: 'may come into the country', text: `${HTTP}, from: control, connect: inside` },
    {
      what: 'may be a connection alone, where addresses are blocked',
      text: 'probe: tcp, urls: ["tcp://a.org:80"], see: { failure: null }',
      trigger: '{ match: address, addresses: [192.0.2.1] }',
    },
  ])('$what', ({ text, ...parts }) => {
    expect(row(text, parts)).toEqual([]);
  });

  test.each([
    {
      what: 'does not fail',
      text: HTTP.replace('null', 'connection_reset'),
      says: 'expect[0].see.failure: a negative control gets through: expected null; found "connection_reset"',
    },
    {
      what: 'does not stay outside',
      text: `${HTTP}, from: [client, control]`,
      says: 'expect[0].from: a negative control goes through the censor: expected "client" or "inside"; found "control"',
    },
    {
      what: 'does not stay inside',
      text: `${HTTP}, connect: inside`,
      says: 'expect[0].from: a negative control goes through the censor: expected "server" or "control"; found "client"',
    },
    {
      what: 'does not evade',
      text: `${HTTP}, split: name`,
      says: 'expect[0].split: what evades the censor is no negative control: leave out one of both',
    },
    {
      what: 'says something',
      text: 'probe: tcp, urls: ["tcp://a.org:80"], see: { failure: null }',
      says: 'expect[0].probe: a negative control sends what a rule looks at; a probe tcp only connects, and no rule matches addresses',
    },
  ])('$what', ({ text, says }) => {
    expect(row(text).map((line) => line.replace(/^x\.yaml:10:\d+: /, ''))).toEqual([says]);
  });

  test('does not come from a network that goes past the box', () => {
    const text = scenarioOf()
      .replace('networks: {', 'networks: { b: { asn: 2, name: B, country: XX },')
      .replace('client: n, inside: n', 'client: n, bypass: [b]')
      .replace('claim: c,', 'claim: c, from: client-n,')
      .replace(CONTROL, CONTROL.replace('probe', 'from: [client-n, client-b], probe'));
    expect(complaintsAbout(text).map((line) => line.replace(/^x\.yaml:10:\d+: /, ''))).toEqual([
      'expect[1].from: a negative control goes through the censor: expected "client-n"; found "client-b"',
    ]);
  });

  test('does not come from a network whose box has no rule', () => {
    const text = scenarioOf({ more: 'at: [b]' })
      .replace('networks: {', 'networks: { b: { asn: 2, name: B, country: XX },')
      .replace('client: n', 'client: [n, b]')
      .replace('middlebox: n', 'middlebox: own')
      .replace('claim: c,', 'claim: c, from: client-n,')
      .replace(CONTROL, CONTROL.replace('probe', 'from: [client-n, client-b], probe'));
    expect(complaintsAbout(text).map((line) => line.replace(/^x\.yaml:10:\d+: /, ''))).toEqual([
      'expect[1].from: a negative control goes through the censor: expected "client-b"; found "client-n"',
    ]);
  });
});
