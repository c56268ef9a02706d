import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { editedScenario, openPlace } from '../support/cli.ts';
import { expectHarmless, HOSTILE_TEXT as HOSTILE } from '../support/harmless.ts';
import { httpRequest } from '../support/packets.ts';
import { pcap, tcpFrames } from '../support/pcap.ts';

/* Whatever the texts of a file, no command lets a character through that a terminal obeys or a reader does not see. */

const TOOL = fileURLToPath(new URL('../../tools/shadowsocks.yaml', import.meta.url));

test('texts that a scenario may say are shown by `show` and `check`, and stay whole in JSON', async () => {
  const place = openPlace();
  const text = JSON.stringify(HOSTILE);
  place.write(
    'free.yaml',
    editedScenario(
      ['title: Azerbaijan 2017, Delta Telecom resets blocked sites', `title: ${text}`],
      ['name: Delta Telecom,', `name: ${text},`],
      ['title: Deep Packet Inspection and Internet censorship in Azerbaijan', `title: ${text}`],
      [
        'claim: a request for a blocked site is reset, subdomains and capitals too',
        `claim: ${text}`,
      ],
      ['name: blocked site, HTTP', `name: ${text}`],
    ),
  );
  const shown = await expectHarmless(place, ['show', 'free.yaml']);
  expect(shown.stdout + shown.stderr).toContain('x\\u001b[2J\\u001b]0;pwned\\u0007');
  expect(`${shown.stdout}\n${shown.stderr}`).not.toMatch(/^forged/m);
  await expectHarmless(place, ['check', 'free.yaml']);
  const json = await expectHarmless(place, ['show', 'free.yaml', '--json']);
  if (json.exitCode === 0) expect(JSON.parse(json.stdout)).toMatchObject({ title: HOSTILE });
});

test('every text of a scenario and of a tool may be hostile, and the names of its keys', async () => {
  const place = openPlace();
  const scenario = readFileSync(
    fileURLToPath(new URL('../../scenarios/az-2017.yaml', import.meta.url)),
    'utf8',
  );
  for (const [i, made] of hostileVersions(scenario).entries()) {
    const file = `scenario-${i}.yaml`;
    place.write(file, made);
    for (const command of ['check', 'show']) await expectHarmless(place, [command, file]);
  }
  for (const [i, made] of hostileVersions(readFileSync(TOOL, 'utf8')).entries()) {
    const file = `tool-${i}.yaml`;
    place.write(file, made);
    await expectHarmless(place, ['matrix', '--scenarios', 'az-2017', '--tools', file]);
  }
});

test('every text of a measurement may be hostile', async () => {
  const place = openPlace();
  const test_keys = {
    queries: [
      { hostname: HOSTILE, engine: HOSTILE, failure: HOSTILE, query_type: HOSTILE, answers: [] },
    ],
    tcp_connect: [{ ip: HOSTILE, port: 80, status: { failure: HOSTILE } }],
    requests: [{ failure: HOSTILE, request: { url: HOSTILE } }],
    control: { http_request: { failure: HOSTILE } },
    blocking: HOSTILE,
  };
  const all = [
    { test_name: 'web_connectivity', input: HOSTILE, probe_asn: HOSTILE, test_keys },
    {
      test_name: 'sni_blocking',
      input: HOSTILE,
      probe_asn: HOSTILE,
      test_keys: { result: HOSTILE },
    },
    { test_name: HOSTILE, input: HOSTILE, probe_asn: HOSTILE, test_keys: {} },
    { test_name: 'web_connectivity', input: HOSTILE, test_keys: { queries: HOSTILE } },
  ].map((one) => JSON.stringify(one));
  const name = 'm\u001b[31m\u202e.jsonl';
  place.write(name, [...all, `{"${HOSTILE}`].join('\n'));
  const table = ['table', name, '--rows', 'input', '--columns', 'probe_asn'];
  for (const args of [['analyze', name], table, [...table, '--csv']]) {
    const { stdout } = await expectHarmless(place, args);
    expect(stdout).not.toMatch(/^forged/m);
  }
  const analyzed = await expectHarmless(place, ['analyze', name, '--json']);
  const [first = ''] = analyzed.stdout.split('\n');
  expect(JSON.parse(first)).toMatchObject({ input: HOSTILE });
  const tabled = await expectHarmless(place, [...table, '--json']);
  expect(JSON.parse(tabled.stdout)).toMatchObject({ rows: [HOSTILE], columns: [HOSTILE] });
});

test('every byte of a packet may be hostile', async () => {
  const place = openPlace();
  const host = 'meydan.tv\u001b[2J\u009b\u202e';
  const request = { isToServer: true, bytes: httpRequest({ host }) };
  const blocked = {
    isToServer: true,
    bytes: Buffer.from('GET /\u001b[2J HTTP/1.1\r\nHost: meydan.tv\r\n\r\n'),
  };
  place.write('c.pcap', pcap([...tcpFrames([request], 40_000), ...tcpFrames([blocked], 40_001)]));
  const censor = ['--scenario', 'az-2017'];
  for (const args of [
    ['replay', 'c.pcap', ...censor],
    ['replay', 'c.pcap', ...censor, '--json'],
    ['replay', 'c.pcap', '--observe'],
    ['explain', 'c.pcap', ...censor],
    ['explain', 'c.pcap', ...censor, '--json'],
  ]) {
    const { stdout } = await expectHarmless(place, args);
    expect(stdout).not.toBe('');
  }
});

test('every argument may be hostile', async () => {
  const place = openPlace();
  const text = HOSTILE.replace('\u0000', '');
  for (const args of [
    [text],
    [`--${text}`],
    ['show', text],
    ['show', `${text}.yaml`],
    ['check', text],
    ['run', 'az-2017', '--at', text],
    ['run', 'az-2017', '--profile', text],
    ['replay', text, '--observe'],
    ['replay', text, '--censor', text],
    ['explain', text],
    ['analyze', text],
    ['table', text, '--rows', text, '--columns', text],
    ['table', '.', '--rows', 'a', '--columns', 'b', '--where', text],
    ['locate', text],
    ['locate', 'az-2017', '--tries', text],
    ['matrix', '--scenarios', text],
    ['matrix', '--strategy', text],
    ['matrix', '--tools', text],
    ['matrix', '--resume', text],
    ['exec', text, '--', 'true'],
    ['exec', '--lab', text, 'client', '--', 'true'],
    ['down', '--lab', text],
    ['up', text],
    ['probe', text, text],
    ['probe', 'curl', text],
  ]) {
    const { exitCode, stderr } = await expectHarmless(place, args);
    expect([args, exitCode]).toEqual([args, expect.toBeOneOf([2, 3])]);
    expect(stderr).not.toMatch(/^forged/m);
  }
}, 300_000);

/** The file with all texts hostile; with all keys of maps of names; and with all texts of a kind. */
function hostileVersions(text: string): string[] {
  const all = parseDocument(text);
  const keys = parseDocument(text);
  visit(all.contents, (node) => {
    if (isScalar(node) && typeof node.value === 'string') node.value = HOSTILE + node.value;
  });
  visit(keys.contents, (node) => {
    if (!isMap(node)) return;
    for (const { key } of node.items)
      if (isScalar(key)) key.value = `${HOSTILE}${String(key.value)}`;
  });
  return [all, keys].map(String);
}

function visit(node: unknown, act: (node: unknown) => void): void {
  act(node);
  if (isMap(node)) for (const { value } of node.items) visit(value, act);
  if (isSeq(node)) for (const item of node.items) visit(item, act);
}
