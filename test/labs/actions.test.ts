import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Lab, loadScenarioFile, openLab, type Scenario } from 'chokepoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { capture, onHost } from '../support/lab.ts';
import { readScenario, type ScenarioParts, scenarioOf } from '../support/scenarios.ts';

/* Every action, as programs on the machine's own kernel meet it. */

const HOST = '{ match: http.host, domains: [meydan.tv] }';
const NAME = '{ match: dns.qname, domains: [meydan.tv] }';
const LIES = [
  {
    of: 'forged.example',
    lie: 'answer: forged, addresses: [10.10.34.34, "2001:db8::bad"]',
    want: '["10.10.34.34"]',
  },
  { of: 'denied.example', lie: 'answer: nxdomain', want: 'ENOTFOUND' },
  { of: 'refused.example', lie: 'answer: refused', want: 'EREFUSED' },
  { of: 'failed.example', lie: 'answer: servfail', want: 'ESERVFAIL' },
  { of: 'empty.example', lie: 'answer: empty', want: 'ENODATA' },
];
/** curl's exit status, HTTP status, where it is sent, and the bytes of the body. */
const SHOWN = '%{exitcode} %{http_code} %{redirect_url} %{size_download}';

test.each(['drop', 'blackhole'])('%s: the request is lost without a word', async (action) => {
  await inLab({ trigger: HOST, action: `{ do: ${action} }` }, async (lab) => {
    const [near = [], far = []] = await capture(lab, BOTH_ENDS, async () => {
      expect(await get(lab, 'meydan.tv')).toMatch(/^28 000/);
    });
    expect([...near, ...far].filter(({ isReset }) => isReset)).toEqual([]);
    const requests = near.filter(
      ({ dst, payloadLength }) => dst.endsWith(':80') && payloadLength > 0,
    );
    expect(requests.length).toBeGreaterThan(1); // it was sent again
    expect(far.filter(({ payloadLength }) => payloadLength > 0)).toEqual([]);
    expect(await get(lab, 'example.org')).toMatch(/^0 200/);
  });
});

test.each([
  { profile: '{}', shape: '' },
  { profile: '{}', shape: ', count: 3, flags: RA, ttl: copied, seq: ramp' },
  { profile: '{ position: on-path }', shape: ', to: client, trigger: pass, rest: pass' },
])('reset$shape under $profile: the client is told that the server has hung up', async (row) => {
  const { profile, shape } = row;
  await inLab({ profile, trigger: HOST, action: `{ do: reset${shape} }` }, async (lab) => {
    expect(await get(lab, 'meydan.tv')).toMatch(/^56 000/);
    expect(await get(lab, 'example.org')).toMatch(/^0 200/);
  });
});

test.each(['{}', '{ position: on-path }'])(
  'respond under %s: a page in the server’s place',
  async (profile) => {
    const action =
      '{ do: respond, status: 302, reason: Found, headers: { Location: "http://10.10.34.34/" }, body: blocked }';
    await inLab({ profile, trigger: HOST, action }, async (lab) => {
      expect(await get(lab, 'meydan.tv')).toBe('0 302 http://10.10.34.34/ 7');
      expect(await get(lab, 'example.org')).toMatch(/^0 200/);
    });
  },
);

describe.each(['{}', '{ position: on-path }'])('dns under %s', (profile) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ scenario: withLies(profile) });
  });
  afterAll(() => lab.close());

  test.each(LIES)('$lie: a resolver beyond the box seems to say $want', async ({ of, want }) => {
    expect(await resolved(lab, `www.${of}`)).toBe(want);
    expect(await resolved(lab, 'example.org')).toBe(`["${lab.hosts.server.ipv4}"]`);
  });
});

test('dns on path: the answer comes before the true one, which comes too', async () => {
  const action = '{ do: dns, answer: forged, addresses: [10.10.34.34] }';
  await inLab({ profile: '{ position: on-path }', trigger: NAME, action }, async (lab) => {
    const [near = []] = await capture(lab, [BOTH_ENDS[0]], () => resolved(lab, 'meydan.tv'));
    const answers = near.filter(({ protocol, src }) => protocol === 'udp' && src.endsWith(':53'));
    expect(answers).toHaveLength(2);
  });
});

test.each(['police', 'shape'])(
  'throttle (%s): a transfer takes as long as its rate says',
  async (how) => {
    const action = `{ do: throttle, rate_kbps: 800, how: ${how} }`;
    await inLab({ trigger: HOST, action }, async (lab) => {
      const server = await serving(lab, 150_000);
      const [bytes, seconds] = await download(lab, 'meydan.tv');
      expect(bytes).toBe(150_000);
      expect((8 * bytes) / seconds).toBeLessThan(1_000_000); // with the 15,000 bytes that may pass at once
      const [, free] = await download(lab, 'example.org');
      expect(free).toBeLessThan(seconds / 2);
      server.kill();
    });
  },
);

test('delay: the flow goes on, each packet late', async () => {
  await inLab({ trigger: HOST, action: '{ do: delay, ms: 300 }' }, async (lab) => {
    const seconds = Number(
      await onHost(lab, 'client', ...curl(lab, 'meydan.tv'), '%{time_starttransfer}'),
    );
    expect(seconds).toBeGreaterThan(0.6);
    expect(await get(lab, 'meydan.tv')).toMatch(/^0 200/);
  });
});

test('residual: others between the same hosts are blocked for a while, and then no more', async () => {
  const more = 'residual: { scope: 2-tuple, duration_ms: 4000, do: reset }';
  await inLab({ trigger: HOST, action: '{ do: reset }', more }, async (lab) => {
    expect(await get(lab, 'example.org')).toMatch(/^0 200/);
    expect(await get(lab, 'meydan.tv')).toMatch(/^56 000/);
    expect(await get(lab, 'example.org')).not.toMatch(/^0 200/);
    await expect
      .poll(() => get(lab, 'example.org'), { timeout: 60_000, interval: 200 })
      .toMatch(/^0 200/);
  });
});

async function inLab(parts: ScenarioParts, use: (lab: Lab) => Promise<void>): Promise<void> {
  const file = join(temporaryFolder(), 'scenario.yaml');
  writeFileSync(file, scenarioOf(parts));
  const lab = await openLab({ scenario: loadScenarioFile(file) });
  try {
    await use(lab);
  } finally {
    await lab.close();
  }
}

function curl(lab: Lab, host: string): string[] {
  const url = `http://${lab.hosts.server.ipv4}/`;
  const given = ['-m', '2', '-sS', '-o', '/dev/null', '-H', `Host: ${host}`, url];
  return ['curl', ...given, '-w'];
}

/** It fails, with a status of its own: what it says of itself counts. */
function get(lab: Lab, host: string): Promise<string> {
  return onHost(lab, 'client', 'sh', '-c', '"$@" || true', 'sh', ...curl(lab, host), SHOWN);
}

/** A web server with a page of so many bytes. */
async function serving(lab: Lab, bytes: number): Promise<ChildProcess> {
  const program = `
    const page = Buffer.alloc(${bytes});
    require('node:http').createServer((_, response) => response.end(page)).listen(${PORT}, () => console.log('ready'));
  `;
  const server = lab.spawn('server', [process.execPath, '-e', program]);
  await once(server.stdout as Readable, 'data');
  return server;
}

/** How many bytes came of its page, and how many seconds that took. */
async function download(lab: Lab, host: string): Promise<[bytes: number, seconds: number]> {
  const given = ['-m', '20', '-sS', '-o', '/dev/null', '-H', `Host: ${host}`];
  const shown = '%{size_download} %{time_total}';
  const url = `http://${lab.hosts.server.ipv4}:${PORT}/`;
  const said = await onHost(lab, 'client', 'curl', ...given, '-w', shown, url);
  const [bytes = 0, seconds = 0] = said.split(' ').map(Number);
  return [bytes, seconds];
}

/** The addresses that a resolver beyond the box gives, or the code of its error. */
function resolved(lab: Lab, name: string): Promise<string> {
  const program = `
    const resolver = new (require('node:dns').Resolver)({ tries: 1, timeout: 3000 });
    resolver.setServers(['${lab.hosts.server.ipv4}']);
    resolver.resolve4('${name}', (error, found) => process.stdout.write(error?.code ?? JSON.stringify(found)));
  `;
  return onHost(lab, 'client', process.execPath, '-e', program);
}

/** A rule for each lie. The resolver itself knows each name. */
function withLies(profile: string): Scenario {
  const each = LIES.map(({ of, lie }) => {
    const trigger = `{ match: dns.qname, domains: [${of}] }`;
    return readScenario({ profile, trigger, action: `{ do: dns, ${lie} }` });
  });
  const [{ origin, ...rest }] = each as [Scenario];
  const rules = each.flatMap((one, i) => one.rules.map((rule) => ({ ...rule, name: `lie ${i}` })));
  const names = [...origin.names, ...LIES.map(({ of }) => `www.${of}`)];
  return { ...rest, origin: { ...origin, names }, rules };
}

const PORT = 8081;
const BOTH_ENDS = [
  { host: 'client', interfaceName: 'eth0' },
  { host: 'server', interfaceName: 'eth0' },
] as const;
