import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const FILE = new URL('../../scenarios/az-2022-tiktok.yaml', import.meta.url);
const TIKTOK = readFileSync(FILE, 'utf8');

test.each([
  {
    name: 'a network twice',
    from: 'client: [delta, as41997,',
    to: 'client: [delta, delta, as41997,',
    says: 'topology.client[1]: expected each network once; found "delta" again',
  },
  {
    name: 'a network that goes through its box and past it',
    from: 'middlebox: own',
    to: 'bypass: [clean-1]\n  middlebox: own',
    says: 'topology.bypass[0]: expected a network that is not named before; found "clean-1" again',
  },
  {
    name: 'a network past the boxes that is not there',
    from: 'middlebox: own',
    to: 'bypass: [elsewhere]\n  middlebox: own',
    says: 'topology.bypass[0]: expected a network of this file (delta, as41997, azercell, clean-1, clean-2); found "elsewhere"',
  },
  {
    name: 'a network that is not there',
    from: 'client: [delta, as41997,',
    to: 'client: [delta, as41998,',
    says: 'topology.client[1]: expected a network of this file (delta, as41997, azercell, clean-1, clean-2); found "as41998"',
  },
  {
    name: 'a box in transit behind one that is shared',
    from: 'middlebox: own',
    to: 'middlebox: delta\n  transit: { network: azercell, near_rtt_ms: 1, far_rtt_ms: 1 }',
    says: 'topology.middlebox: expected "own" where there is a box in transit behind it; found "delta"',
  },
  {
    name: 'a box in transit that cannot be told from a client’s',
    from: 'middlebox: own',
    to: 'middlebox: own\n  transit: { network: delta, near_rtt_ms: 1, far_rtt_ms: 1 }',
    says: 'topology.transit.network: expected a network without a client, whose boxes rules tell apart; found "delta"',
  },
  {
    name: 'a longer path where there are several networks',
    from: 'middlebox: own',
    to: 'middlebox: own\n  near_hops: 3\n  far_hops: 1',
    says: 'topology.near_hops: expected 1, or one network with one box on its path; found 3, and 5 networks',
  },
  {
    name: 'a longer path where a network has no box',
    from: 'client: [delta, as41997, azercell, clean-1, clean-2]',
    to: 'client: delta\n  bypass: [as41997]\n  far_hops: 8',
    says: 'topology.far_hops: expected 1, or one network with one box on its path; found 8, and 2 networks',
  },
  {
    name: 'a path of no router',
    from: 'middlebox: own',
    to: 'middlebox: own\n  near_hops: 0',
    says: 'topology.near_hops: expected at least 1; found 0',
  },
  {
    name: 'a path that is too long',
    from: 'middlebox: own',
    to: 'middlebox: own\n  far_hops: 9',
    says: 'topology.far_hops: expected at most 8; found 9',
  },
  {
    name: 'a loss in per cent',
    from: 'middlebox: own',
    to: 'middlebox: own\n  near_loss: 5',
    says: 'topology.near_loss: expected at most 1; found 5',
  },
  {
    name: 'a jitter that is not a number',
    from: 'middlebox: own',
    to: 'middlebox: own\n  far_jitter_ms: 5 ms',
    says: 'topology.far_jitter_ms: expected a number; found "5 ms"',
  },
  {
    name: 'a rule at a box that is not there',
    from: 'at: [delta]',
    to: 'at: [delta, katv1]',
    says: 'rules[0].at[1]: expected a network with a box of this file (delta, as41997, azercell, clean-1, clean-2); found "katv1"',
  },
  {
    name: 'a vantage that is not there',
    from: 'from: client-delta',
    to: 'from: client',
    says: 'expect[1].from: expected a host of this file (client-delta, client-as41997, client-azercell, client-clean-1, client-clean-2, server, control, cache, isp-delta, isp-as41997, isp-azercell, isp-clean-1, isp-clean-2, exchange); found "client"',
  },
  {
    name: 'a phase outside the period',
    from: 'blocked: "2022-09-15T12:45:00Z"',
    to: 'blocked: "2023-09-15T12:45:00Z"',
    says: `phases.blocked: expected a time within the scenario's period (2022-09-13T00:00:00Z to 2022-11-07T00:00:00Z), after the phase before; found 2023-09-15T12:45:00Z`,
  },
  {
    name: 'a phase that is not there',
    from: '    from: control\n',
    to: '    from: control\n    phases: [later]\n',
    says: 'expect[19].phases[0]: expected a phase of this file (blocked); found "later"',
  },
])('$name is told', ({ from, to, says }) => {
  expect(TIKTOK).toContain(from);
  const complaints = complaintsAbout(TIKTOK.replace(from, to)).map((line) =>
    line.replace(/^x\.yaml:\d+:\d+: /, ''),
  );
  expect(complaints).toContain(says);
});

test('a longer path with boxes in a row is told, where it is', () => {
  const text = scenarioOf().replace(
    /^topology:.*$/m,
    `networks: { n: { asn: 1, name: N, country: XX }, t: { asn: 2, name: T, country: XX } }
topology:
  { client: n, middlebox: own, near_rtt_ms: 1, far_rtt_ms: 1, far_hops: 2,
    transit: { network: t, near_rtt_ms: 1, far_rtt_ms: 1 } }`,
  );
  expect(complaintsAbout(text.replace(/^networks:.*\n/m, ''))).toEqual([
    'x.yaml:8:73: topology.far_hops: expected 1, or one network with one box on its path; found 2, and 2 boxes',
  ]);
});

test.each(['near_hops: 2', 'near_loss: 0.5', 'far_jitter_ms: 3'])(
  '%s is a value of the path, and has its evidence',
  (value) => {
    const text = scenarioOf({
      evidence:
        'period, networks, origin, profiles, rules, topology.client, topology.inside, topology.middlebox, topology.near_rtt_ms, topology.far_rtt_ms',
    });
    expect(complaintsAbout(text)).toEqual([]);
    expect(complaintsAbout(text.replace('far_rtt_ms: 1 }', `far_rtt_ms: 1, ${value} }`))).toEqual([
      expect.stringContaining(
        `: topology.${value.split(':')[0]}: no evidence for this value; name it under \`evidence\` as documented or surrogate`,
      ),
    ]);
  },
);

test('a network whose name is too long for the interfaces of its box is told', () => {
  const text = TIKTOK.replaceAll('as41997', 'as41997-gateway');
  expect(complaintsAbout(text).join('\n')).toContain(
    'networks.as41997-gateway: expected at most 9 characters, which name the interfaces of its box; found "as41997-gateway"',
  );
});
