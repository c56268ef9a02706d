import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Lab, loadScenarioFile, type OpenLabOptions, openLab } from 'chokepoint';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { openPlace, scenarioThatExpects } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { onHost, pause, scenario } from '../support/lab.ts';
import { scenarioOf } from '../support/scenarios.ts';

/* Links that lose frames, and that let some wait. */

test('every frame is accounted for: what a link loses is counted, and what the box injects may be lost too', async () => {
  const out = temporaryFolder();
  const options = { scenario: thatForges('blocked.test'), out, nearLoss: 0.3 };
  await inLab(options, async (lab) => {
    const program = [process.execPath, '--import', 'tsx', ASK_OFTEN];
    await silence(lab);
    const before = await lab.counters();
    const asked = [lab.hosts.server.ipv4, 'blocked.test', '400'];
    const answers = Number(await onHost(lab, 'client', ...program, ...asked));
    const { missed, oversized, overflowed, ...after } = await lab.counters();
    expect({ missed, oversized, overflowed }).toEqual({ missed: 0, oversized: 0, overflowed: 0 });
    const since = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    await lab.close();

    const forged = await forgedAnswers(join(out, 'wire.pcapng'));
    const reached = since('packets');
    const lostOnTheWay = forged.filter((comment) => comment === 'lost on the link').length;
    expect([since('decisions'), forged.length]).toEqual([reached, reached]);
    expect(since('lost')).toBe(400 - reached + lostOnTheWay);
    expect(answers).toBe(reached - lostOnTheWay);
    // Each way three of ten, within five standard deviations.
    expect(Math.abs(reached - 280)).toBeLessThan(46);
    expect(Math.abs(lostOnTheWay - 0.3 * reached)).toBeLessThan(39);
  });
});

test('requests get through where one frame in a hundred is lost on each side, and frames wait a little', async () => {
  const flaws = { nearLoss: 0.01, farLoss: 0.01, nearJitterMs: 1, farJitterMs: 2 };
  await inLab({ scenario, nearRttMs: 0, farRttMs: 0, ...flaws }, async (lab) => {
    const get = (): Promise<string> => {
      const to = ['--resolve', `example.org:80:${lab.hosts.server.ipv4}`, 'http://example.org/'];
      const shown = ['-o', '/dev/null', '-w', '%{http_code} %{time_connect}'];
      return onHost(lab, 'client', 'curl', '-sS', '--max-time', '30', ...shown, ...to);
    };
    // Some 2,000 frames: that none of them is lost happens once in 10^17 times.
    for (let round = 0; round < 5; round++) {
      const twenty = await Promise.all(Array.from({ length: 20 }, get));
      expect(twenty.filter((one) => !one.startsWith('200 '))).toEqual([]);
    }
    const { lost, missed, oversized, overflowed } = await lab.counters();
    expect(lost).toBeGreaterThan(0);
    expect({ missed, oversized, overflowed }).toEqual({ missed: 0, oversized: 0, overflowed: 0 });
  });
});

test('a link with jitter delays frames, and none overtakes another', async () => {
  await inLab({ scenario, nearRttMs: 0, farRttMs: 0, farJitterMs: 40 }, async (lab) => {
    const script = `
      const { createSocket } = require('node:dgram');
      const socket = createSocket('udp4');
      const seen = [];
      socket.on('message', (message) => {
        seen.push(message.readUInt16BE(0));
        if (seen.length === 300) { console.log(JSON.stringify(seen)); socket.close(); }
      });
      socket.bind(9999, () => console.error('bound'));`;
    const server = lab.spawn('server', [process.execPath, '-e', script]);
    await new Promise((resolve) => server.stderr?.once('data', resolve));
    let said = '';
    server.stdout?.on('data', (chunk) => {
      said += String(chunk);
    });
    const ended = new Promise((resolve) => server.once('close', resolve));
    const send = `
      const socket = require('node:dgram').createSocket('udp4');
      let sent = 0;
      const timer = setInterval(() => {
        const message = Buffer.alloc(2);
        message.writeUInt16BE(sent);
        socket.send(message, 9999, ${JSON.stringify(lab.hosts.server.ipv4)});
        if (++sent === 300) { clearInterval(timer); setTimeout(() => socket.close(), 50); }
      }, 1);`;
    await onHost(lab, 'client', process.execPath, '-e', send);
    await ended;
    expect(JSON.parse(said)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    const { connectMs = 0 } = await manyConnects(lab);
    expect(connectMs).toBeGreaterThan(10); // of 80 at most, on average 40
  });
});

test('`run --loss --jitter` runs the scenario on such a path, and says what it was and what was lost', async () => {
  const place = openPlace();
  const row =
    '  - { claim: up, negative_control: true, probe: http, times: 40, urls: ["http://example.org/"], see: { failure: null } }';
  place.write('lossy.yaml', scenarioThatExpects(row));
  const flags = ['--loss', '4', '--jitter', '3', '--out', 'out'];
  const run = await place.run(['run', 'lossy.yaml', ...flags]);
  expect(run).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('fix') });
  const summary = JSON.parse(readFileSync(join(place.cwd, 'out', 'summary.json'), 'utf8'));
  const { near_loss, far_loss, near_jitter_ms, far_jitter_ms, near_rtt_ms } = summary.topology;
  expect(1 - (1 - near_loss) * (1 - far_loss)).toBeCloseTo(0.04, 9);
  expect([near_jitter_ms, far_jitter_ms, near_rtt_ms]).toEqual([1.5, 1.5, 1.5]);
  const { lost } = summary.counters.packet;
  expect(lost).toBeGreaterThan(0);
  expect(run.stdout).toContain(`frames that the links lost: ${lost}\n`);
  await place.expectLeft('lossy.yaml', 'out');
});

/** Kernels tell of their IPv6 addresses when they like: the routers beside the box have none any more. */
async function silence(lab: Lab): Promise<void> {
  for (const [router, name] of [
    ['isp', 'to-exchange'],
    ['exchange', 'to-isp'],
  ] as const) {
    await onHost(
      lab,
      router,
      ...['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/$0/disable_ipv6', name],
    );
  }
  await pause(100); // what they said last has then passed
}

/** The comment on each, as tshark reads it; nobody else answers here. */
async function forgedAnswers(file: string): Promise<string[]> {
  const fields = ['-e', 'frame.number', '-e', 'frame.comment'];
  const { stdout } = await execa('tshark', [
    ...['-n', '-r', file, '-T', 'fields', '-Y', 'udp.srcport == 53', ...fields],
  ]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split('\t')[1] ?? '');
}

/** The longest of some. */
async function manyConnects(lab: Lab): Promise<{ readonly connectMs?: number }> {
  const request = { probe: 'tcp', url: `tcp://${lab.hosts.server.ipv4}:80`, ip: 4 } as const;
  const all = await Promise.all(Array.from({ length: 20 }, () => lab.probe('client', request)));
  expect(all.map(({ failure }) => failure)).toEqual(all.map(() => null));
  return { connectMs: Math.max(...all.map(({ connectMs = 0 }) => connectMs)) };
}

/** A box that answers for a name, and lets no question about it through. */
function thatForges(name: string) {
  const file = join(temporaryFolder(), 'scenario.yaml');
  const trigger = `{ match: dns.qname, domains: [${name}] }`;
  const action = '{ do: dns, answer: nxdomain }';
  writeFileSync(file, scenarioOf({ trigger, action }));
  return loadScenarioFile(file);
}

async function inLab(options: OpenLabOptions, use: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab(options);
  try {
    await use(lab);
  } finally {
    await lab.close();
  }
}

const ASK_OFTEN = fileURLToPath(new URL('../programs/ask-often.ts', import.meta.url));
