import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { complaintsAbout } from '../support/scenarios.ts';

const AZ_2017 = readFileSync(new URL('../../scenarios/az-2017.yaml', import.meta.url), 'utf8');
const WINDOW = 'from: "2017-03-27T11:20:00Z"\n  to: "2017-03-27T11:40:00Z"';

function window(from: string, to: string): string {
  return `from: "2017-03-27T${from}Z"\n  to: "2017-03-27T${to}Z"`;
}

test.each([
  {
    name: 'a sensor that looks away before the rules come into force',
    from: WINDOW,
    to: window('11:00:00', '11:20:00'),
    says: 'sensor.from: expected a time before a rule comes into force, and `to` after it; from 2017-03-27T11:00:00Z to 2017-03-27T11:20:00Z none does',
  },
  {
    name: 'a sensor that begins with the rules',
    from: WINDOW,
    to: window('11:30:00', '11:40:00'),
    says: 'sensor.from: expected a time before a rule comes into force, and `to` after it; from 2017-03-27T11:30:00Z to 2017-03-27T11:40:00Z none does',
  },
  {
    name: 'no whole minute before the rules',
    from: 'from: "2017-03-27T11:30:00Z"\n\n',
    to: 'from: "2017-03-27T11:20:30Z"\n\n',
    says: 'sensor.from: expected a whole minute before the rules come into force at 2017-03-27T11:20:30.000Z, and one after it; found 2017-03-27T11:20:00Z to 2017-03-27T11:40:00Z',
  },
  {
    name: 'a time that ends before it begins',
    from: WINDOW,
    to: window('11:40:00', '11:20:00'),
    says: 'sensor.to: expected 2 to 1440 minutes after 2017-03-27T11:40:00Z; found "2017-03-27T11:20:00Z"',
  },
  {
    name: 'a beginning within a minute',
    from: WINDOW,
    to: window('11:20:01', '11:40:00'),
    says: 'sensor.from: expected a whole minute; found "2017-03-27T11:20:01Z"',
  },
  {
    name: 'a time whose lab would begin before any calendar',
    from: WINDOW,
    to: WINDOW.replaceAll('2017-03-27', '1970-01-01'),
    says: 'sensor.from: expected a time from 1970-01-02T00:00:00Z on, for its lab begins before it; found "1970-01-01T11:20:00Z"',
  },
  {
    name: 'more sessions than the log of the site remembers',
    from: WINDOW,
    to: window('11:20:00', '19:40:00'),
    says: 'sensor.visitors: expected at most 9000 sessions in all; found 10000, which is 20 a minute from 2017-03-27T11:20:00Z to 2017-03-27T19:40:00Z',
  },
  {
    name: 'a network that is not there',
    from: 'bypass: [other]',
    to: 'bypass: [another]',
    says: 'sensor.topology.bypass[0]: expected a network of this file (delta, katv1, azercell, other); found "another"',
  },
  {
    name: 'a network that goes through the box and past it',
    from: 'bypass: [other]',
    to: 'bypass: [katv1]',
    says: 'sensor.topology.bypass[0]: expected a network that is not named before; found "katv1" again',
  },
  {
    name: 'a network that is called as the sensor calls others',
    from: '\nnetworks:\n',
    to: '\nnetworks:\n  outside: { asn: 64497, name: X, country: AZ }\n',
    says: 'networks.outside: expected another name, for the sensor calls others "outside"',
  },
  {
    name: 'no visitors',
    from: /visitors:\n( {4}-.*\n)+/,
    to: 'visitors: []\n',
    says: 'sensor.visitors: expected at least 1 item; found a list of 0',
  },
  {
    name: 'a visitor from a host that is not there',
    from: 'from: client-other, per_minute',
    to: 'from: client, per_minute',
    says: 'sensor.visitors[2].from: expected a client or the host outside of this file (client-katv1, client-azercell, client-other, control); found "client"',
  },
  {
    name: 'a visitor twice',
    from: 'from: client-other, per_minute',
    to: 'from: client-katv1, per_minute',
    says: 'sensor.visitors[2].from: expected each host once; found "client-katv1" again',
  },
  {
    name: 'a site that is not the origin’s',
    from: 'http://meydan.tv/, https://meydan.tv/] }',
    to: 'http://elsewhere.tv/, "https://meydan.tv:80/"] }',
    says: 'sensor.visitors[0].urls[0]: expected a name and a port of `origin`, which are the site\'s; found "http://elsewhere.tv/"',
  },
  {
    name: 'a port that the origin does not serve so',
    from: 'http://meydan.tv/, https://meydan.tv/] }',
    to: 'http://meydan.tv/, "https://meydan.tv:80/"] }',
    says: 'sensor.visitors[0].urls[1]: expected a name and a port of `origin`, which are the site\'s; found "https://meydan.tv:80/"',
  },
  {
    name: 'a claim about somebody who does not visit',
    from: 'from: [client-other, control]',
    to: 'from: [client-other, server]',
    says: 'sensor.expect[4].from[1]: expected a visitor of this file (client-katv1, client-azercell, client-other, control); found "server"',
  },
  {
    name: 'a claim without a figure',
    from: '      share: [30, 40]\n',
    to: '',
    says: 'sensor.expect[1]: expected one of share, short, resets; found only a claim',
  },
  {
    name: 'the most before the least',
    from: 'share: [30, 40]',
    to: 'share: [40, 30]',
    says: 'sensor.expect[1].share: expected the least and the most, in this order; found 40 and 30',
  },
  {
    name: 'a value without evidence',
    from: 'sensor.from, sensor.to, sensor.minute_ms',
    to: 'sensor.from, sensor.to',
    says: 'sensor.minute_ms: no evidence for this value; name it under `evidence` as documented or surrogate',
  },
])('$name is told, with its place', ({ from, to, says }) => {
  const text = AZ_2017.replace(from, to);
  expect(text).not.toBe(AZ_2017);
  const complaints = complaintsAbout(text);
  expect(complaints.every((line) => /^x\.yaml:\d+:\d+: /.test(line))).toBe(true);
  expect(complaints.map((line) => line.replace(/^x\.yaml:\d+:\d+: /, ''))).toContain(says);
});

test('the place is that of the value', () => {
  const lines = AZ_2017.split('\n');
  const at = lines.indexOf('    bypass: [other]');
  const [complaint] = complaintsAbout(AZ_2017.replace('bypass: [other]', 'bypass: [another]'));
  expect(complaint?.startsWith(`x.yaml:${at + 1}:14: `)).toBe(true);
});
