import { expect, test } from 'vitest';
import { CONTROL, complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const NETWORK = 'tor: {}';
const ROW = 'probe: tor, urls: ["http://example.org/"], see: { failure: null }';

test.each([
  { what: 'a probe through a bridge', tor: NETWORK, row: `${ROW}, bridge: obfs4`, says: [] },
  {
    what: 'a stage that a client must reach',
    tor: NETWORK,
    row: ROW.replace('null', 'generic_timeout_error, bootstrap: [10, 14]'),
    says: [],
  },
  {
    what: 'a probe without a network',
    tor: '',
    row: ROW,
    says: ['expect[0].probe: a probe tor needs a Tor network; write `tor: {}` into the scenario'],
  },
  {
    what: 'a bridge for another probe',
    tor: NETWORK,
    row: `${ROW.replace('tor', 'curl')}, bridge: plain`,
    says: ['expect[0].bridge: only a probe tor can do this; found curl'],
  },
  {
    what: 'a stage of another probe',
    tor: NETWORK,
    row: ROW.replace('tor', 'curl').replace('null', 'null, bootstrap: 100'),
    says: ['expect[0].see.bootstrap: only a probe tor can see this; found curl'],
  },
  {
    what: 'IPv6',
    tor: NETWORK,
    row: `${ROW}, ip: [6]`,
    says: ['expect[0].ip: the Tor network is IPv4 alone; found 6'],
  },
  {
    what: 'a host to connect to',
    tor: NETWORK,
    row: `${ROW}, connect: control`,
    says: [
      'expect[0].connect: only a probe tcp or http or https or curl or openssl or sni_blocking or tlsmiddlebox or tcpping can do this; found tor',
    ],
  },
  {
    what: 'a port that the web server has',
    tor: 'tor: { plain_port: 443, obfs4_port: 7001 }',
    row: ROW,
    says: [
      'tor.plain_port: expected a port that nothing else on the host "server" has; found 443',
      'tor.obfs4_port: expected a port that nothing else on the host "server" has; found 7001',
    ],
  },
])('$what', ({ tor, row, says }) => {
  const evidence = `period, networks, topology, origin, profiles, rules${tor === '' ? '' : ', tor'}`;
  const text = scenarioOf({ evidence }).replace(
    /^expect: .*$/m,
    `expect: [{ claim: c, ${row} }, ${CONTROL}]`,
  );
  const complaints = complaintsAbout(`${text}${tor}\n`);
  expect(complaints.map((line) => line.replace(/^x\.yaml:\d+:\d+: /, ''))).toEqual(says);
});
