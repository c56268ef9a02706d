import { type Lab, loadScenario, loadTool, openLab, startTool, type ToolFailure } from 'chokepoint';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFile } from '../support/folder.ts';
import { BLOCKED, contentsOf, expectContents, fetchThrough, PAGE } from '../support/tools.ts';

/* Circumvention tools of one's own, some of them made to fail, in one lab whose censor resets what names a blocked site. */

let lab: Lab;
/** What there is in the lab while no tool is. */
let before: string[];
beforeAll(async () => {
  lab = await openLab({ scenario: loadScenario('az-2017') });
  await fetchThrough(lab, 'direct'); // what probes stays
  before = await contentsOf(lab);
});
afterAll(() => lab.close());
afterEach(async () => {
  await expectContents(lab, before);
});

test('an address to go to instead of the name’s, and IPv6, are for who resolves the name', async () => {
  const direct = await startTool(loadTool('direct'), lab);
  const url = 'http://example.net/'; // has no address in this lab
  expect(await direct.fetch({ url })).toMatchObject({ failure: expect.stringContaining('curl 6') });
  expect(await direct.fetch({ url, connect: 'server', ip: 6 })).toMatchObject(PAGE);
  await direct.stop();
});

test('a name that the tool’s server does not know is no page', async () => {
  const running = await startTool(loadTool('shadowsocks'), lab);
  const { failure } = await running.fetch({ url: 'http://example.net/' });
  expect(failure).not.toBeNull();
  expect(running.log).toContain('server: ');
  expect(running.log).toContain('unable to resolve example.net');
  await running.stop();
});

test('an answer that is not the page of the name is a failure', async () => {
  const proxy = own(
    'through: { proxy: "http://127.0.0.1:1090" }',
    `files:
  proxy.cjs: |
    let count = 0;
    const answer = (_, response) => response.writeHead(count++ ? 503 : 200).end('<h1>blocked</h1>');
    require('node:http').createServer(answer).listen(1090, '127.0.0.1');
client: { command: [node, proxy.cjs], ready: { listens: 1090 } }`,
  );
  const running = await startTool(proxy, lab);
  const url = BLOCKED[0] as string;
  expect([await running.fetch({ url }), await running.fetch({ url })]).toMatchObject([
    { failure: 'unknown_failure: not the page of www.azadliq.info', status: 200 },
    { failure: 'unknown_failure: HTTP 503', page: '<h1>blocked</h1>' },
  ]);
  await running.stop();
});

describe('tools of one’s own', () => {
  test('curl is run by a command, which takes it past the censor', async () => {
    const control = own('through: { command: [nsenter, --net=/run/netns/control, --] }');
    expect(await fetchThrough(lab, control)).toMatchObject([PAGE, PAGE]);
  });

  test('a forwarded port takes the place of the name’s', async () => {
    const forwarded = own(
      'through: { connect: "127.0.0.1:1090" }',
      `server:
  command: [ss-server, -s, "{server}", -p, "8390", -m, aes-256-gcm, -k, secret]
  ready: { listens: 8390 }
client:
  command: [ss-tunnel, -s, "{server}", -p, "8390", -m, aes-256-gcm, -k, secret, -b, 127.0.0.1, -l, "1090", -L, "{server}:443"]
  ready: { listens: 1090 }`,
    );
    const [, https] = await fetchThrough(lab, forwarded);
    expect(https).toMatchObject(PAGE);
  });

  test('both ends run in one folder, where their files are, and find their home there', async () => {
    const tool = own(
      'through: { direct: true }',
      `files: { name: "{client} of {server}" }
server:
  prepare: [[sh, -c, "echo made >key"]]
  command: [sh, -c, "cat key; exec sleep 60"]
  ready: { says: made }
client:
  command: [sh, -c, 'cat name; echo; ls -l key; echo "$HOME" "$PWD" {folder}; echo {here}; echo up; exec sleep 60']
  ready: { says: ^up$ }`,
    );
    const running = await startTool(tool, lab);
    const { client, server } = lab.hosts;
    const lines = running.log.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'server: made',
      `client: ${client?.ipv4} of ${server.ipv4}`,
    ]);
    const [, home, ...same] = (lines[3] as string).split(' ');
    expect(home).toMatch(/^\/run\/chokepoint\/tmp\/mine-/);
    expect(same).toEqual([home, home]);
    expect(lines[4]).toBe(`client: ${tool.here}`);
    await running.stop();
  });
});

describe('a tool that fails is told as such, with what it said last', () => {
  test.each([
    {
      how: 'its program ends',
      client: 'command: [sh, -c, "echo cannot bind >&2; exit 3"], ready: { listens: 1090 }',
      kind: 'died',
      says: 'mine: its client `sh` ended with exit status 3 before it was ready; the last that it said:\n  cannot bind',
    },
    {
      how: 'its program is killed',
      client: 'command: [sh, -c, "echo bye; kill -9 $$"], ready: { says: up }',
      kind: 'died',
      says: /^mine: its client `sh` ended by SIGKILL before it was ready; the last that it said:\n {2}bye/,
    },
    {
      how: 'it makes itself a daemon',
      client: 'command: [sh, -c, "setsid sleep 1000 & exit 0"], ready: { says: up }',
      kind: 'died',
      says: 'mine: its client `sh` ended with exit status 0 before it was ready; it said nothing',
    },
    {
      how: 'there is no such program',
      client: 'command: [no-such-program], ready: { says: up }',
      kind: 'died',
      says: /`no-such-program` ended with exit status 127 before it was ready; .*\n.*: no-such-program: /,
    },
    {
      how: 'it never says that it is ready',
      client: 'command: [sh, -c, "echo waiting; sleep 1000"], ready: { says: up }, limit_s: 8',
      kind: 'not-ready',
      says: 'mine: its client `sh` was not ready within 8 s: it said nothing that matches /up/; the last that it said:\n  waiting',
    },
    {
      how: 'it never listens',
      client: 'command: [sleep, "1000"], ready: { listens: 1090 }, limit_s: 0.5',
      kind: 'not-ready',
      says: 'mine: its client `sleep` was not ready within 0.5 s: it listens on no TCP port, not on 1090; it said nothing',
    },
    {
      how: 'it listens on another port',
      client: `command: [ss-local, -s, "{server}", -p, "8390", -k, x, -b, 127.0.0.1, -l, "1091"], ready: { listens: 1090 }, limit_s: 8`,
      kind: 'listens-elsewhere',
      says: /^mine: its client `ss-local` was not ready within 8 s: it listens on 1091, not on 1090; .*\n(.*\n)* {2}.*listening at 127\.0\.0\.1:1091/,
    },
    {
      how: 'what prepares it fails',
      client: 'prepare: [[sh, -c, "echo no keys; exit 1"]], command: ["true"], ready: { says: up }',
      kind: 'prepare-failed',
      says: 'mine: its client `sh` ended with exit status 1; the last that it said:\n  no keys',
    },
    {
      how: 'what prepares it does not end',
      client: 'prepare: [[sleep, "1000"]], command: ["true"], ready: { says: up }, limit_s: 0.5',
      kind: 'prepare-failed',
      says: 'mine: its client `sleep` did not end within 0.5 s; it said nothing',
    },
  ])('$how', async ({ client, kind, says }) => {
    const failure = await failureOf(own('through: { direct: true }', `client: { ${client} }`));
    expect(failure).toMatchObject({ code: 'TOOL_FAILED', kind });
    expect(failure.message).toMatch(says);
  });

  test('a port that another program listens on is not the tool’s; its server fails before its client is started', async () => {
    const tool = own(
      'through: { direct: true }',
      `server: { command: [ss-server, -s, "{server}", -p, "8390", -k, x], ready: { listens: 443 }, limit_s: 8 }
client: { command: [no-such-program], ready: { says: up } }`,
    );
    const { kind, message } = await failureOf(tool);
    expect([kind, message]).toEqual([
      'listens-elsewhere',
      expect.stringMatching(/^mine: its server `ss-server` .* it listens on 8390, not on 443;/),
    ]);
  });

  test('one that dies of a fetch', async () => {
    const server = "require('net').createServer(() => process.exit(7)).listen(1090, '127.0.0.1')";
    const dying = own(
      'through: { proxy: "http://127.0.0.1:1090" }',
      `client: { command: [node, -e, "${server}"], ready: { listens: 1090 } }`,
    );
    const running = await startTool(dying, lab);
    const failure = await running.fetch({ url: BLOCKED[0] as string }).catch((error) => error);
    expect(failure).toMatchObject({
      kind: 'died',
      message: 'mine: its client `node` ended with exit status 7; it said nothing',
    });
    await running.stop();
  });
});

test.each([
  'client: { command: [sleep, "1000"], ready: { says: up } }',
  'client: { prepare: [[sleep, "1000"]], command: [sleep, "1000"], ready: { says: up } }',
])('who gives up while a tool is started has nothing of it left: %s', async (client) => {
  const waiting = own('through: { direct: true }', client);
  const giveUp = new AbortController();
  const starting = startTool(waiting, lab, { signal: giveUp.signal });
  giveUp.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
});

test('an expression that takes for ever over what a tool says is told, and nothing hangs', async () => {
  const slow = own(
    'through: { direct: true }',
    `client: { command: [sh, -c, "echo ${'a'.repeat(60)}; sleep 1000"], ready: { says: ^(a+)+b } }`,
  );
  await expect(startTool(slow, lab)).rejects.toMatchObject({
    kind: 'not-ready',
    message: expect.stringContaining('ready.says takes too long over what it said'),
  });
});

test('what is not there is told before anything is started', async () => {
  const missing = own('through: { direct: true }', 'programs: { no-such-program: some-package }');
  await expect(startTool(missing, lab)).rejects.toMatchObject({
    code: 'MACHINE_CANNOT',
    message: 'not installed: `no-such-program`',
    hint: 'as root: apt-get install some-package',
  });
  await expect(startTool(loadTool('direct'), lab, { from: 'nowhere' })).rejects.toMatchObject({
    code: 'HOST_UNKNOWN',
    message: 'direct: the lab has no host "nowhere"',
  });
});

/** A tool of these lines of YAML. */
function own(...lines: string[]): ReturnType<typeof loadTool> {
  const text = ['id: mine', 'title: Mine', ...lines, ''].join('\n');
  return loadTool(temporaryFile(text, 'mine.yaml'));
}

async function failureOf(tool: ReturnType<typeof own>): Promise<ToolFailure> {
  return startTool(tool, lab).then(
    () => expect.unreachable('it started'),
    (error: ToolFailure) => error,
  );
}
