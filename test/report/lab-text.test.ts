import { expect, test } from 'vitest';
import { formatLab } from '../../src/report/lab-text.ts';
import type { Row } from '../../src/testbed/rows.ts';

const HOSTS = {
  client: { ipv4: '198.18.1.2', ipv6: '2001:db8:1::2' },
  'a-long-host-na': { ipv4: '198.18.100.200', ipv6: '2001:db8:2::2' },
};

test('columns stay straight whatever the names and addresses', () => {
  const lines = textOf([]).split('\n').slice(1, 3);
  expect(lines).toEqual([
    '  client         198.18.1.2     2001:db8:1::2',
    '  a-long-host-na 198.18.100.200 2001:db8:2::2',
  ]);
});

test('the first row that is blocked says what to try, and from where', () => {
  const rows = [
    row({ url: 'http://free.example/' }, null),
    row({ url: 'https://other.example/', connect: 'server' }, 'connection_reset'),
    row({ url: 'tcp://198.18.2.2:80', probe: 'tcp' }, 'generic_timeout_error'),
    row({ url: 'https://blocked.example/', probe: 'https' }, 'connection_reset'),
    row({ url: 'http://later.example/' }, 'connection_reset'),
  ];
  expect(textOf(rows)).toContain(
    '\nnext:\n  npx chokepoint exec --lab some client -- curl -4 -v https://blocked.example/\n  npx chokepoint exec --lab some client -- chokepoint probe web_connectivity https://blocked.example/\n  npx chokepoint down --lab some',
  );
});

test('what a scenario has in a URL is one word of the command', () => {
  const text = textOf([row({ url: 'http://blocked.example/?a=1&b=$(id)' }, 'connection_reset')]);
  expect(text).toContain(" -- curl -4 -v 'http://blocked.example/?a=1&b=$(id)'\n");
  expect(text).toContain(" web_connectivity 'http://blocked.example/?a=1&b=$(id)'\n");
});

test('where nothing is blocked, nothing is proposed', () => {
  expect(textOf([row({ url: 'http://free.example/' }, null)])).not.toContain('curl');
});

function textOf(rows: readonly Row[]): string {
  return formatLab({ lab: 'some', hosts: HOSTS }, '2022-09-14T12:00:00Z', rows, 'npx chokepoint');
}

function row(request: Partial<Row['request']>, failure: string | null): Row {
  return {
    isControl: false,
    claim: '',
    profile: 'packet',
    phase: 'beginning',
    from: 'client',
    request: { probe: 'curl', url: '', ip: 4, ...request },
    see: { failure },
    times: 1,
  };
}
