import { expect, test } from 'vitest';
import { loadScenario, scenarioIds } from '../../../src/scenario/library.ts';
import { type Ask, type MatrixTarget, targetsOf } from '../../../src/testbed/matrix/target.ts';

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
    if (!id.includes('/')) expect([id, targets.length]).not.toEqual([id, 0]);
    for (const { blocked, allowed } of targets) {
      for (const { host } of [blocked, allowed]) {
        expect(['server', ...Object.keys(scenario.hosts ?? {})]).toContain(host);
      }
    }
  }
});

test('what a strategy looks for is the keyword, where a keyword is blocked', () => {
  const [url, tls] = targetsOf(loadScenario('ir-2012'));
  expect([url?.blocked.needle, tls?.blocked.needle]).toEqual(['tor', 'example.org']);
});

function tell({ name, blocked, allowed }: MatrixTarget): string {
  const what = (ask: Ask): string => `${ask.name}${ask.path}`;
  const other = blocked.from === allowed.from ? what(allowed) : `of ${allowed.from}`;
  return `${name}: ${blocked.from} ${blocked.host}:${blocked.port} ${what(blocked)}, not ${other}`;
}
