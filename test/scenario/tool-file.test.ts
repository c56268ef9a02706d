import { execFileSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/scenario/library.ts';
import { fillIn, parseTool, scenarioFor } from '../../src/scenario/tool-file.ts';
import { loadTool, toolIds } from '../../src/scenario/tool-library.ts';
import { PLACEHOLDERS, type Placeholder } from '../../src/scenario/tool-schema.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';

const HEAD = 'id: mine\ntitle: Mine\n';
const CLIENT = 'client:\n  command: [my-proxy, --to, "{server}"]\n  ready: { listens: 1080 }\n';
const THROUGH = 'through: { proxy: "socks5h://127.0.0.1:1080" }\n';

test.each(toolIds())('%s calls itself so, and needs programs if it starts any', (id) => {
  const tool = loadTool(id);
  expect(tool.id).toBe(id);
  const startsNothing = tool.server === undefined && tool.client === undefined;
  expect(Object.keys(tool.programs).length === 0).toBe(startsNothing);
});

test('a file of one’s own is known by its path, and its folder is where it lies', () => {
  const file = temporaryFile(HEAD + CLIENT + THROUGH, 'mine.yaml');
  const { here, client } = loadTool(file);
  expect(here).toBe(dirname(file));
  expect(client).toEqual({
    prepare: [],
    command: ['my-proxy', '--to', '{server}'],
    ready: { listens: 1080 },
    limit_s: 20,
  });
});

test('who misspells an id is told the nearest', () => {
  expect(() => loadTool('shadowsock')).toThrow(
    expect.objectContaining({
      code: 'TOOL_UNKNOWN',
      hint: 'name "shadowsocks", which is the nearest, or the path of a YAML file',
    }),
  );
  expect(() => loadTool('zzz')).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/^name one of .*wireguard.*, or the/) }),
  );
  expect(() => loadTool('missing.yaml')).toThrow('missing.yaml: there is no such file');
});

test('a pipe is told as what it is, and not read', () => {
  const pipe = join(temporaryFolder(), 'pipe.yaml');
  execFileSync('mkfifo', [pipe]);
  expect(() => loadTool(pipe)).toThrow(`${pipe}: expected a YAML file; found a pipe`);
});

test('placeholders are filled in; what the shell has in braces is left to it', () => {
  const values = Object.fromEntries(
    Object.keys(PLACEHOLDERS).map((name) => [name, `<${name}>`]),
  ) as Record<Placeholder, string>;
  const text = `{server}:80 [{server6}] \${server} { folder } {folder}/{tor-obfs4} {} {1,2} {constructor}`;
  expect(fillIn(text, values)).toBe(
    `<server>:80 [<server6>] \${server} { folder } <folder>/<tor-obfs4> {} {1,2} {constructor}`,
  );
});

test('a tool that needs a Tor network gets the scenario one, with its own ports if it has one', () => {
  const [plain, torn] = [loadScenario('az-2017'), loadScenario('kz-2012')];
  expect(scenarioFor([loadTool('ssh')], plain)).toBe(plain);
  expect(scenarioFor([loadTool('ssh'), loadTool('obfs4')], plain).tor?.obfs4_port).toBe(9002);
  expect(scenarioFor([loadTool('obfs4')], torn).tor).toBe(torn.tor);
});

describe('what is wrong is told with its place', () => {
  test.each([
    [
      'an unknown key',
      `${HEAD + CLIENT}  limits: 3\n${THROUGH}`,
      'mine.yaml:6:3: client.limits: unknown key; expected one of prepare, command, ready, limit_s',
    ],
    ['no way to fetch', HEAD + CLIENT, 'mine.yaml:1:1: through: expected a mapping'],
    [
      'no way chosen',
      `${HEAD + CLIENT}through: {}\n`,
      'mine.yaml:6:10: through: expected one key; found none',
    ],
    [
      'two ways',
      `${HEAD + CLIENT}through: { direct: true, front: example.org }\n`,
      'mine.yaml:6:10: through: expected one key; found direct and front',
    ],
    [
      'an endpoint that is a URL',
      `${HEAD + CLIENT}through: { connect: "http://127.0.0.1" }\n`,
      'mine.yaml:6:21: through.connect: expected an address and maybe a port',
    ],
    [
      'a proxy of no kind',
      `${HEAD + CLIENT}through: { proxy: "127.0.0.1:1080" }\n`,
      'mine.yaml:6:19: through.proxy: expected a proxy by http, https, socks4,',
    ],
    ...['socks5h://\0', 'socks5h://127.0.0.1:99999', 'socks5h://{server}:0', 'http://a:b'].map(
      (proxy): [string, string, RegExp] => [
        `a proxy that is no URL: ${JSON.stringify(proxy)}`,
        `${HEAD + CLIENT}through: { proxy: ${JSON.stringify(proxy)} }\n`,
        /^mine\.yaml:6:19: through\.proxy: expected a proxy by http, .*; found "[^\n]*$/,
      ],
    ),
    ...['a:0', 'a:99999', '{server}:65536', '[1:2]:80'].map((connect): [string, string, RegExp] => [
      `no endpoint: ${connect}`,
      `${HEAD + CLIENT}through: { connect: "${connect}" }\n`,
      /^mine\.yaml:6:21: through\.connect: expected an address and maybe a port from 1 to 65535/,
    ]),
    [
      'never ready',
      HEAD + CLIENT.replace('listens: 1080', '') + THROUGH,
      'mine.yaml:5:10: client.ready: expected one key; found none',
    ],
    [
      'ready in two ways',
      HEAD + CLIENT.replace('listens: 1080', 'listens: 1080, says: up') + THROUGH,
      'mine.yaml:5:10: client.ready: expected one key; found listens and says',
    ],
    [
      'no regular expression',
      HEAD + CLIENT.replace('listens: 1080', 'says: "(up"') + THROUGH,
      'mine.yaml:5:18: client.ready.says: expected a regular expression: /(up/: Unterminated group',
    ],
    [
      'a port beyond all',
      HEAD + CLIENT.replace('1080', '70000') + THROUGH,
      'mine.yaml:5:21: client.ready.listens: expected at most 65535; found 70000',
    ],
    [
      'an empty command',
      `${HEAD + CLIENT}  prepare: [[]]\n${THROUGH}`,
      'mine.yaml:6:13: client.prepare[0]: expected at least 1 item; found a list of 0',
    ],
    [
      'a placeholder that is misspelt',
      HEAD + CLIENT.replace('{server}', 'http://{sever}') + THROUGH,
      'mine.yaml:4:29: client.command[2]: found {sever}, which stands for nothing; the nearest is "server"',
    ],
    [
      'a placeholder of something else',
      `${HEAD}files: { a.conf: "x {password}" }\n${CLIENT}${THROUGH}`,
      /^mine\.yaml:3:18: files\.a\.conf: found \{password\}, which stands for nothing; one of folder, here, /,
    ],
    [
      'a placeholder of nothing in a file of any name',
      `${HEAD}files: { says: "{constructor}" }\n${CLIENT}${THROUGH}`,
      /^mine\.yaml:3:16: files\.says: found \{constructor\}, which stands for nothing; one of folder, /,
    ],
    [
      'one that only Tor networks have',
      HEAD + CLIENT.replace('{server}', '{tor-plain}') + THROUGH,
      'mine.yaml:4:29: client.command[2]: found {tor-plain}; write `needs: tor-network` beside `id`',
    ],
    [
      'a file in another folder',
      `${HEAD}files: { ../a: x }\n${CLIENT}${THROUGH}`,
      'mine.yaml:3:10: files.../a: expected the name of a file, without a folder',
    ],
    [
      'a proxy that nobody is',
      HEAD + THROUGH,
      'mine.yaml:3:19: through.proxy: expected a `client` or a `server` that it leads to; found neither',
    ],
    ['no id', `title: Mine\n${CLIENT}${THROUGH}`, 'mine.yaml:1:1: id: expected a text; it is miss'],
    [
      'another need',
      `needs: tor\n${HEAD + CLIENT + THROUGH}`,
      /^mine\.yaml:1:8: needs: expected "tor-network"/,
    ],
  ])('%s', (_, text, wrong) => {
    expect(() => parseTool(text, 'mine.yaml')).toThrow(wrong);
  });

  test.each([
    'proxy: "socks5h://{server}:1080"',
    'proxy: "socks5h://[{server6}]:1080"',
    'proxy: "http://[::1]:3128"',
    'proxy: "http://name:word@127.0.0.1"',
    'connect: "{server}:65535"',
    'connect: "[::1]:80"',
    'connect: 10.9.0.1',
  ])('and nothing is wrong with %s', (through) => {
    expect(parseTool(`${HEAD + CLIENT}through: { ${through} }\n`, 'mine.yaml').id).toBe('mine');
  });

  test('with where to read what there is', () => {
    expect(() => parseTool('[]', 'mine.yaml')).toThrow(
      expect.objectContaining({
        code: 'SCENARIO_INVALID',
        hint: expect.stringContaining('scenarios/REFERENCE.md'),
      }),
    );
    expect(basename(parseTool(HEAD + CLIENT + THROUGH, 'a/b/mine.yaml').here)).toBe('b');
  });
});
