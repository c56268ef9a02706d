import { expect, test } from 'vitest';
import { loadScenario, scenarioIds } from '../../../src/scenario/library.ts';
import { type Ask, type MatrixTarget, targetsOf } from '../../../src/testbed/matrix/target.ts';
import { readScenario } from '../../support/scenarios.ts';

/* What strategies are tried on, by what a scenario says of its rules, its resolvers, and its targets. */

test.each([
  [
    'az-2017',
    ['https: client server:443 azadliq.info/, not notmeydan.tv/'],
    ['http: client server:80 azadliq.info/, not notmeydan.tv/'],
  ],
  [
    'az-2020', // its rules for HTTP are of one network, and those for Telegram act by chance
    ['https: client-as50274 server:443 web.whatsapp.com/, not telegram.org/'],
    ['http: client-as34876 server:80 web.whatsapp.com/, not telegram.org/'],
  ],
  ['az-2022-tiktok', ['https: client-delta server:443 www.tiktok.com/, not example.org/']],
  ['am-2022-ucom', ['dns: client-ucom server:53 tiktok.com, not example.org']],
  [
    'am-2022-mts',
    ['https: client server:443 tiktok.com/, not www.google.com/'],
    ['dns: client server:53 tiktok.com, not example.org'],
  ],
  [
    'ir-2012',
    ['url: client-spared server:80 example.org/?q=tor, not example.org/?q='],
    ['tls: client-affected server:443 example.org/, not of client-spared'],
    ['address: client-spared torweb:443 torproject.org/, not example.org/'],
  ],
  [
    'kz-2012', // no name or keyword: its targets are named in its file
    ['relay-of-2012: client relay:443 www.kq3vhw6ynxo2dja.net/, not shop.example/'],
    ['relay-of-today: client nginx:443 nginx.example/, not gnutls.example/'],
  ],
])('%s', (id, ...want) => {
  expect(targetsOf(loadScenario(id)).map(tell)).toEqual(want.flat());
});

test('whatever comes with Chokepoint has something to try, and asks hosts that are there', () => {
  for (const id of scenarioIds()) {
    const scenario = loadScenario(id);
    const targets = targetsOf(scenario);
    // Their rules are about patterns, or about what servers send.
    const isEmpty = id === 'ooni-qa/http-diff' || id === 'ooni-qa/http-reset';
    expect([id, targets.length === 0]).toEqual([id, isEmpty]);
    for (const { blocked, allowed } of targets) {
      for (const { host } of [blocked, allowed]) {
        expect(['server', ...Object.keys(scenario.hosts ?? {})]).toContain(host);
      }
    }
  }
});

test('what a strategy looks for elsewhere is the name', () => {
  const [, tls] = targetsOf(loadScenario('ir-2012'));
  expect(tls?.blocked.needle).toBe('example.org');
});

test.each(['tor', '/admin', 'a.test/b?c=d', 'free%20press'])(
  'of the keyword %s, a strategy looks for what is sent',
  (keyword) => {
    const trigger = `{ match: http.url, keywords: ["${keyword}"] }`;
    const [url] = targetsOf(readScenario({ trigger }));
    expect(url?.blocked).toMatchObject({ path: `/?q=${keyword}`, needle: keyword });
    expect(url?.allowed.path).toBe('/?q=');
  },
);

test.each(['free speech', 'a#b', 'секс'])(
  'a keyword that is never sent, %s, is no target',
  (keyword) => {
    const trigger = `{ match: http.url, keywords: ["${keyword}"] }`;
    expect(targetsOf(readScenario({ trigger }))).toEqual([]);
  },
);

function tell({ name, blocked, allowed }: MatrixTarget): string {
  const what = (ask: Ask): string => `${ask.name}${ask.path}`;
  const other = blocked.from === allowed.from ? what(allowed) : `of ${allowed.from}`;
  return `${name}: ${blocked.from} ${blocked.host}:${blocked.port} ${what(blocked)}, not ${other}`;
}
