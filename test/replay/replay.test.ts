import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { names } from '../../src/policy/match/names.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { type ReplayOptions, replay } from '../../src/replay/replay.ts';
import type { TraceEvent } from '../../src/replay/trace-event.ts';
import { formatTraceEvent } from '../../src/report/trace.ts';
import {
  type Captured,
  comment,
  enhancedPacket,
  interfaceBlock,
  option,
  pcapFile,
  readCapture,
  sectionHeader,
} from '../support/capture.ts';
import { RESET } from '../support/censors.ts';
import { type Finished, openPlace, PROGRAM } from '../support/cli.ts';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { ascii, clientHello, concat, edit, hex, httpRequest } from '../support/packets.ts';
import { TUNNELS } from '../support/tunnels.ts';

const POLICY: Policy = {
  model: PLAIN,
  rules: [
    { name: 'a site', trigger: namesOf('http.host'), action: RESET },
    { name: 'tls', trigger: namesOf('tls.sni'), action: { do: 'pass' } },
    { name: 'dns', trigger: namesOf('dns.qname'), action: { do: 'drop' } },
  ],
};
const HELLO = clientHello({ sni: 'www.blocked.test' });
const BLOCKED = new Conversation({ serverPort: 80 })
  .handshake()
  .client(httpRequest({ host: 'www.blocked.test' }))
  .client('again');
const QUESTION = udpFrame({
  ...{ src: 'fd00::1', srcPort: 4000, dst: 'fd00::53', dstPort: 53 },
  payload: dnsQuery('blocked.test'),
});
const FRAMES = [...BLOCKED.frames, QUESTION];

describe('the trace', () => {
  test('has a line for each flow, packet and injection, with relative numbers and times', () => {
    expect(trace(FRAMES)).toBe(
      `
flow 1: tcp 10.0.0.1:40000 > 198.18.0.80:80
0.000 1 > S 0:0(0) win 64240 | accept
0.010 1 < S. 0:0(0) ack 1 win 64240 | accept
0.020 1 > . 1:1(0) ack 1 | accept
0.030 1 > P. 1:43(42) ack 1 http.host=www.blocked.test http.url=/ | drop rule="a site" why=http.host=www.blocked.test
0.030 1 ! R 1:1(0) ttl 61 -> client | inject rule="a site"
0.030 1 ! R 1:1(0) ttl 61 -> server | inject rule="a site"
0.040 1 > P. 43:48(5) ack 1 | drop
flow 2: udp [fd00::1]:4000 > [fd00::53]:53
0.050 2 > (30) dns.qname=blocked.test | drop rule=dns why=dns.qname=blocked.test
`.trim(),
    );
  });

  test('names an action that lasts', () => {
    const tls = new Conversation().handshake().client(HELLO);
    expect(trace(tls.frames)).toContain('| accept rule=tls do=pass why=tls.sni=www.blocked.test');
  });

  test('says of other packets what they are, and why they were not read', () => {
    const [hello] = new Conversation().client(HELLO).frames as [Uint8Array];
    const [first, second] = fragmentsOfSize(hello, 1, 64) as [Uint8Array, Uint8Array];
    const ping = edit(hello, 23, 1);
    const arp = edit(hello, 12, 0x08, 0x06);
    expect(trace([arp, ping, hello.slice(0, 30), first, second])).toBe(
      `
0.000 - (0) ARP | accept
0.010 - (0) ICMP | accept
0.020 - (0) malformed ipv4 short-header | accept (malformed)
flow 1: tcp 10.0.0.1:40000 > 198.18.0.80:443
0.030 1 > P. 1:45(44) ack 1 fragment at 0 | accept
0.040 - (0) TCP fragment at 64 | accept (fragment)
`.trim(),
    );
  });

  test('counts a second connection on the same ports from its own SYN', () => {
    const again = new Conversation({ clientIsn: 7_000_000, serverIsn: 9 }).handshake();
    const first = new Conversation().handshake().client('', { flags: 'R' });
    const lines = trace([...first.frames, ...again.frames]).split('\n');
    expect(lines.filter((line) => line.startsWith('flow'))).toEqual([
      'flow 1: tcp 10.0.0.1:40000 > 198.18.0.80:443',
      'flow 2: tcp 10.0.0.1:40000 > 198.18.0.80:443',
    ]);
    expect(lines.at(-1)).toBe('0.060 2 > . 1:1(0) ack 1 | accept');
  });

  test('does not go back in time where the capture does', () => {
    const packets = FRAMES.slice(0, 3).map((bytes, i) => ({ bytes, ticks: 50_000n - BigInt(i) }));
    const times = eventsOf(pcapFile({}, packets)).flatMap((it) =>
      it.event === 'packet' ? [it.time_s] : [],
    );
    expect(times).toEqual([0, 0, 0]);
  });
});

test('events are values that JSON keeps as they are', () => {
  const events = eventsOf(pcapFile({}, timed(FRAMES)));
  expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  expect(events.map(({ event }) => event)).toEqual([
    ...['flow', 'packet', 'packet', 'packet', 'packet'],
    ...['injection', 'injection', 'packet', 'flow', 'packet'],
  ]);
  expect(events[4]).toMatchObject({
    ...{ packet: 4, flow: 1, way: 'to-server', payload_length: 42, verdict: 'drop', ignored: null },
    tcp: { flags: 'P.', seq: 1, ack: 1 },
    read: ['http.host=www.blocked.test', 'http.url=/'],
    decision: {
      ...{ rule: 'a site', action: 'reset', why: 'http.host=www.blocked.test' },
      matched: { kind: 'http.host', text: 'www.blocked.test', offset: 22, within: 'segment' },
      trigger: { seq: 1001, ack: 5001, payloadLength: 42 },
    },
  });
});

test('the result counts packets, decisions, and what could not be read', () => {
  const cut = { bytes: (FRAMES[3] as Uint8Array).slice(0, 50), originalLength: 96 };
  const result = replayed(pcapFile({}, [...timed(FRAMES.slice(0, 3)), cut]));
  expect(result).toMatchObject({
    counters: { packets: 4, malformed: 1, decisions: 0 },
    ...{ cut: 1, copies: 0, ignored: { malformed: 1 }, truncation: undefined },
  });
});

describe('of a packet that a snapshot length cut, what was captured is read', () => {
  const strict = { ...POLICY, model: PRESETS.strict };
  const request = FRAMES[3] as Uint8Array;
  const nameEnd = request.length - 2;
  const cutTo = (length: number, frame: Uint8Array) => ({
    ...{ bytes: frame.slice(0, length), originalLength: frame.length },
  });
  const decisionsOn = (...packets: Captured[]): number =>
    replay({ file: temporaryFile(pcapFile({}, packets)), policy: strict }).counters.decisions;
  const [syn, answer, ack] = FRAMES.slice(0, 3).map((bytes) => ({ bytes })) as Captured[];

  test('by a box that checks checksums, up to the last byte of the name', () => {
    const before = [syn, answer, ack] as Captured[];
    expect(decisionsOn(...before, cutTo(nameEnd, request))).toBe(1);
    expect(decisionsOn(...before, cutTo(nameEnd - 4, request))).toBe(0);
  });

  test.each(TUNNELS)('in a tunnel: $name', ({ wrap }) => {
    const packets = FRAMES.slice(0, 3).map((bytes) => ({ bytes: wrap(bytes) }));
    const whole = wrap(request);
    expect(decisionsOn(...packets, cutTo(whole.length - 2, whole))).toBe(1);
  });

  test('and a question in a datagram', () => {
    const longer = { bytes: QUESTION, originalLength: QUESTION.length + 40 };
    expect(decisionsOn(longer)).toBe(1);
  });

  test('and `explain` reads as much', async () => {
    const packets = [syn, answer, ack, cutTo(nameEnd, request)] as Captured[];
    const [capture, censor] = [pcapFile({}, packets), STRICT].map((bytes) => temporaryFile(bytes));
    const args = ['explain', capture as string, '1', '--censor', censor as string];
    const { stdout, stderr } = await chokepoint(args);
    expect(stdout).toContain('blocked by rule "a site"');
    expect(stderr).toContain('1 packet was cut by a snapshot length');
  });
});

test('a length that was left to the network card is that of the frame, for replay and `explain` as for --observe', async () => {
  const frames = FRAMES.slice(0, 4);
  const packets = frames.map((frame, i) => ({ bytes: i === 3 ? edit(frame, 16, 0, 0) : frame }));
  const strict = { ...POLICY, model: PRESETS.strict };
  const file = temporaryFile(pcapFile({}, packets));
  expect(replay({ file, policy: strict })).toMatchObject({
    counters: { malformed: 0, decisions: 1 },
    faults: { ipChecksum: 0, tcpChecksum: 0 },
  });
  const { stdout } = await chokepoint(['explain', file, '1', '--censor', temporaryFile(STRICT)]);
  expect(stdout).toContain('blocked by rule "a site"');
});

const STRICT = ascii(`model: { preset: strict }
rules:
  - { name: a site, trigger: { match: http.host, domains: [blocked.test] }, action: { do: drop } }
`);

test('of a capture of ours, which has each packet as it came and as it left, the first counts', () => {
  const flags = (value: number): Uint8Array => option(2, Uint8Array.of(value, 0, 0, 0));
  const packets = FRAMES.flatMap((bytes) => [
    enhancedPacket({ bytes, options: [flags(1)] }),
    enhancedPacket({ bytes, options: [flags(2)] }),
  ]);
  const application = option(4, ascii('chokepoint middlebox'));
  const section = withOption(sectionHeader(), application);
  const result = replayed(concat(section, interfaceBlock(), ...packets));
  expect(result).toMatchObject({ counters: { packets: 6, decisions: 2 }, copies: 6 });
});

describe('of a capture of two boxes in a row', () => {
  const application = option(4, ascii('chokepoint middlebox'));
  const section = withOption(sectionHeader(), application);
  const packets = FRAMES.flatMap((bytes) =>
    [0, 1, 2, 3].map((interfaceIndex) => {
      const direction = Uint8Array.of(interfaceIndex % 2 === 0 ? 1 : 2, 0, 0, 0);
      return enhancedPacket({ bytes, interfaceIndex, options: [option(2, direction)] });
    }),
  );
  const interfaces = Array.from({ length: 4 }, () => interfaceBlock());
  const file = concat(section, ...interfaces, ...packets);

  test.each([0, 1])('what box %i saw counts, and not what it sent or the other saw', (box) => {
    const { counters, copies, ofOtherBoxes } = replayed(file, { box });
    expect([counters.packets, copies, ofOtherBoxes]).toEqual([6, 6, 12]);
  });

  test('the command tells both', async () => {
    const scenario = ['--scenario', 'ir-2012', '--box', 'affected'];
    const { stderr } = await chokepoint(['replay', temporaryFile(file), ...scenario]);
    expect(stderr).toContain(
      "6 packets left out: a middlebox's capture has them as they came in, too\n12 packets of other boxes left out\n",
    );
  });
});

describe('an annotated copy', () => {
  const file = concat(
    sectionHeader(),
    interfaceBlock(),
    ...FRAMES.map((bytes, i) =>
      enhancedPacket({ bytes, ticks: BigInt(i), options: i === 3 ? [comment('theirs')] : [] }),
    ),
  );

  test('has every packet as it was, each decision as a comment, and what was injected behind it', () => {
    const annotate = join(temporaryFolder(), 'out.pcapng');
    replayed(file, { annotate });
    const { packets } = readCapture(annotate);
    expect(packets.map(({ options }) => commentsIn(options))).toEqual([
      ...[[], [], []],
      [
        'theirs',
        'dropped: rule=a site why=http.host=www.blocked.test',
        'read: http.host=www.blocked.test, http.url=/',
      ],
      ['injected: rule=a site'],
      ['injected: rule=a site'],
      ['dropped, without a decision of its own'],
      ['dropped: rule=dns why=dns.qname=blocked.test', 'read: dns.qname=blocked.test'],
    ]);
    const captured = packets.filter((_, i) => i !== 4 && i !== 5);
    expect(captured.map(({ bytes }) => bytes)).toEqual(FRAMES.map((frame) => [...frame]));
    expect(packets.map(({ timeMs }) => Math.round(timeMs * 1000))).toEqual([
      0, 1, 2, 3, 3, 3, 4, 5,
    ]);
  });

  test('has the headers of the link, also before what was injected', () => {
    const annotate = join(temporaryFolder(), 'out.pcapng');
    const packets = BLOCKED.frames.map((frame) => {
      const length = frame.length - 14 + 2;
      const head = concat(hex`11 00 00 01`, Uint8Array.of(length >> 8, length), hex`00 21`);
      return { bytes: concat(head, frame.slice(14)) };
    });
    replayed(pcapFile({ linkType: 51 }, packets), { annotate });
    const copied = readCapture(annotate).packets.map(({ bytes }) => bytes);
    expect(copied.toSpliced(4, 2)).toEqual(packets.map(({ bytes }) => [...bytes]));
    const { counters, unread } = replayed(readFileSync(annotate));
    expect([counters.packets, unread]).toEqual([7, {}]);
  });

  test('says why a packet was not read', () => {
    const annotate = join(temporaryFolder(), 'out.pcapng');
    replayed(pcapFile({}, [{ bytes: FRAMES[0]?.slice(0, 30) as Uint8Array }]), { annotate });
    const [packet] = readCapture(annotate).packets;
    expect(commentsIn(packet?.options ?? [])).toEqual(['not read: malformed']);
  });

  test('is not left behind by a capture that is wrong further on', () => {
    const annotate = join(temporaryFolder(), 'out.pcapng');
    const wrong = concat(file, hex`06 00 00 00 03 00 00 00 00 00 00 00`);
    expect(() => replayed(wrong, { annotate })).toThrow(/block length of 3/);
    expect(existsSync(annotate)).toBe(false);
  });
});

describe('the command', () => {
  const file = pcapFile({}, timed(FRAMES));
  const blocking = `rules:
  - name: site
    trigger: { match: http.host, domains: [blocked.test] }
    action: { do: drop }`;

  test('reads a capture that ends in the middle of a packet as far as it goes, and fails', async () => {
    const path = temporaryFile(file.slice(0, -1));
    const { exitCode, stdout, stderr } = await chokepoint(['replay', path, '--observe']);
    expect(exitCode).toBe(1);
    expect(stdout.trim().split('\n').map(hostOf)).toEqual(['www.blocked.test']);
    const at = file.length - QUESTION.length - 16;
    expect(stderr).toContain(
      `${path}: at byte ${at}: the file ends in mid-packet, at least 1 byte is missing`,
    );
    expect(stderr).toContain('the 5 packets before were processed');
  });

  test('explains the flows of such a capture, and fails', async () => {
    const path = temporaryFile(file.slice(0, -1));
    const args = ['explain', path, '1', '--censor', temporaryFile(blocking)];
    const { exitCode, stdout, stderr } = await chokepoint(args);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^flow 1: /);
    expect(stderr).toContain('the file ends in mid-packet, at least 1 byte is missing');
  });

  test('explains a flow whose capture ends after its handshake: says first that it does, and then that nothing could be read', async () => {
    const upTo = pcapFile({}, timed(FRAMES.slice(0, 4))).slice(0, -1);
    const names = [temporaryFile(upTo), '1', '--censor', temporaryFile(blocking)];
    const line = ['exec "$@" 2>&1', 'sh', process.execPath, PROGRAM, 'explain', ...names];
    const { stdout } = await openPlace().start(['sh', '-c', ...line]);
    const lines = String(stdout).split('\n');
    expect(lines[0]).toContain('the file ends in mid-packet, at least 1 byte is missing');
    expect(lines.slice(2, 4)).toEqual([
      'flow 1: tcp 10.0.0.1:40000 > 198.18.0.80:80',
      '  passed: no packet of it in the capture carries data, so no name could be read',
    ]);
  });

  test('says that packets were cut when it explains a flow', async () => {
    const cut = timed(FRAMES).map((packet) => ({ ...packet, originalLength: 9000 }));
    const capture = temporaryFile(pcapFile({}, cut));
    const args = ['explain', capture, '1', '--censor', temporaryFile(blocking)];
    const { exitCode, stderr } = await chokepoint(args);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: '6 packets were cut by a snapshot length; what is missing was not read\n',
    });
  });

  test('explains a run by the very file that was run, whatever its id', async () => {
    const text = readFileSync(SCENARIO, 'utf8').replaceAll('meydan.tv', 'blocked.test');
    const summary = { scenario: 'az-2017', scenarioFile: temporaryFile(ascii(text), 'mine.yaml') };
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'wire.pcapng'), file);
    writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
    const { exitCode, stdout } = await chokepoint(['explain', folder, '1']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('blocked by rule "blocked site, HTTP"');
  });

  test('says of a folder without a name of its censor what is missing, and explains it with a censor', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'wire.pcapng'), file);
    expect(await chokepoint(['explain', folder])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `chokepoint: ${folder}: expected a scenario.json that names its censor; found none\n  fix: name the censor with --scenario or --censor\n`,
    });
    const censor = temporaryFile(blocking);
    const named = await chokepoint(['explain', folder, '1', '--censor', censor]);
    expect(named).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^flow 1: /) });
  });

  test('says of a folder that is no run what it expected', async () => {
    const folder = temporaryFolder();
    expect(await chokepoint(['explain', folder])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `chokepoint: ${folder}: expected the folder of a run; found no wire.pcapng in it\n  fix: name what \`run\` or \`up\` was given with --out, or a folder under runs/\n`,
    });
  });

  test('explains a flow by the seed that replay was given', async () => {
    const censor = temporaryFile(`${blocking}\n    probability: 0.5`);
    const path = temporaryFile(file);
    const outcomes = new Set<boolean>();
    for (const seed of ['0', '1', '2', '3', '4', '5']) {
      const args = ['--censor', censor, '--seed', seed];
      const [replayed, explained] = await Promise.all([
        chokepoint(['replay', path, ...args]),
        chokepoint(['explain', path, '1', ...args]),
      ]);
      const isBlocked = replayed.stdout.includes('rule=site');
      expect(explained.stdout.includes('blocked by rule "site"')).toBe(isBlocked);
      outcomes.add(isBlocked);
      if (outcomes.size === 2) break;
    }
    expect(outcomes.size).toBe(2);
  });

  test('says that residuals of other flows are left out where it explains one', async () => {
    const residual = 'residual: { scope: 2-tuple, duration_ms: 1000 }';
    const censor = temporaryFile(`${blocking}\n    ${residual}`);
    const args = ['explain', temporaryFile(file), '1', '--censor', censor];
    const { exitCode, stderr } = await chokepoint(args);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('for what the residual of rule "site" does to other flows');
  });

  test('reads standard input', async () => {
    const args = ['replay', '-', '--scenario', 'az-2017'];
    const { exitCode, stdout, stderr } = await openPlace().run(args, { input: file });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toBe('flow 1: tcp 10.0.0.1:40000 > 198.18.0.80:80');
    expect(stderr).toBe('6 packets, 0 decisions, 0 dropped\n');
  });

  test('names the rules whose time it is not, and goes by another time if told', async () => {
    const session = new Conversation({ serverPort: 443 })
      .handshake()
      .client(clientHello({ sni: 'facebook.com' }));
    const path = temporaryFile(pcapFile({}, timed(session.frames)));
    const given = ['--scenario', 'az-2020', '--box', 'as39232'];
    const notice =
      'rule "social media" is in force from 2020-10-01T00:00:00Z to 2020-11-12T00:00:00Z, not at the capture\'s time, 2017-03-27T';
    for (const command of ['replay', 'explain']) {
      const asItIs = await chokepoint([command, path, ...given]);
      expect(asItIs.stdout).not.toContain('rule="social media"');
      expect(asItIs.stdout).not.toContain('blocked by');
      expect(asItIs.stderr).toContain(notice);
      const dated = await chokepoint([command, path, ...given, '--at', '2020-10-02']);
      expect(dated.stdout).toMatch(/drop rule="social media"|blocked by rule "social media"/);
      expect(dated.stderr).not.toContain('is in force');
      const wrong = await chokepoint([command, path, ...given, '--at', 'noon']);
      expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
      expect(wrong.stderr).toContain('--at: expected a date; found "noon"');
    }
  });

  test('says where the censor is a resolver, too', async () => {
    for (const command of ['replay', 'explain']) {
      const args = [command, temporaryFile(file), '--scenario', 'am-2022-ucom', '--box', 'ucom'];
      const { exitCode, stderr } = await chokepoint(args);
      expect(exitCode).toBe(0);
      expect(stderr).toContain('this censor is also the resolver of ucom');
    }
  });

  test('wants a censor, or to observe', async () => {
    const { exitCode, stderr } = await chokepoint(['replay', temporaryFile(file)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--scenario');
  });

  test.each([
    ['--scenario', 'az-2017'],
    ['--censor', 'censor.yaml'],
    ['--profile', 'packet'],
    ['--annotate', 'copy.pcapng'],
    ['--seed', '1'],
    ['--at', '2020-10-02'],
  ])('observes without %s, which is of a censor', async (option, value) => {
    const args = ['replay', temporaryFile(file), '--observe', option, value];
    const { exitCode, stdout, stderr } = await chokepoint(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`fix: leave out ${option}, or leave out --observe`);
  });
});

function namesOf(kind: 'http.host' | 'tls.sni' | 'dns.qname') {
  const { normalise } = PLAIN.host;
  return names(kind, { names: ['blocked.test'], how: 'suffix', normalise });
}

/** 10 ms apart. */
function timed(frames: readonly Uint8Array[]): Captured[] {
  return frames.map((bytes, i) => ({ bytes, ticks: 1_490_614_200_000_000n + BigInt(i) * 10_000n }));
}

function replayed(file: Uint8Array, options: Partial<ReplayOptions> = {}) {
  return replay({ file: temporaryFile(file), policy: POLICY, ...options });
}

function eventsOf(file: Uint8Array): TraceEvent[] {
  const events: TraceEvent[] = [];
  replayed(file, { onEvent: (event) => events.push(event) });
  return events;
}

/** The lines, with a bar in place of the blanks before the verdicts. */
function trace(frames: readonly Uint8Array[]): string {
  const lines = eventsOf(pcapFile({}, timed(frames))).map(formatTraceEvent);
  return lines.map((line) => line.replace(/ +(accept|drop|inject)/, ' | $1')).join('\n');
}

/** Values of the options with code 1; little-endian. */
function commentsIn(options: readonly number[]): string[] {
  const bytes = Buffer.from(options);
  const found: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at + 2);
    if (bytes.readUInt16LE(at) === 1) found.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  return found;
}

/** The section header with an option at its end. */
function withOption(header: Uint8Array, added: Uint8Array): Uint8Array {
  const length = header.length + added.length;
  const bytes = concat(header.slice(0, -4), added, header.slice(-4));
  return edit(edit(bytes, 4, length), length - 4, length);
}

function hostOf(line: string): unknown {
  return (JSON.parse(line) as { host: unknown }).host;
}

function chokepoint(args: readonly string[]): Promise<Finished> {
  return openPlace().runLoaded(args);
}

const SCENARIO = fileURLToPath(new URL('../../scenarios/az-2017.yaml', import.meta.url));
