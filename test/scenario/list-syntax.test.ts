import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Observation } from '../../src/policy/observation.ts';
import { loadScenarioFile } from '../../src/scenario/library.ts';
import { policyOf } from '../../src/scenario/policy.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ascii } from '../support/packets.ts';
import { complaintsAbout, readScenario, scenarioOf } from '../support/scenarios.ts';

/* What a line of a list may be. What a scenario takes for a name, the engine's matcher must find under the same name. */

describe('a name that is not in ASCII is what it is on the wire', () => {
  test.each([
    { list: 'bücher.example', asks: 'xn--bcher-kva.example', isIn: true },
    { list: 'bücher.example', asks: 'www.XN--BCHER-KVA.example', isIn: true },
    { list: '\ufeff*.bücher.example\r\n', asks: 'www.xn--bcher-kva.example', isIn: true },
    { list: '\ufeff*.bücher.example\r\n', asks: 'xn--bcher-kva.example', isIn: false },
    { list: 'BÜCHER.Example. # gesperrt, für alle', asks: 'xn--bcher-kva.example', isIn: true },
    {
      list: '# قائمة\nمثال.إختبار',
      asks: 'xn--mgbh0fb.xn--kgbechtv',
      isIn: true,
    },
    { list: '例え。テスト', asks: 'xn--r8jz45g.xn--zckzah', isIn: true },
    { list: 'a.tv\nbücher.example\nb.tv', asks: 'b.tv', isIn: true },
    { list: 'xn--bcher-kva.example', asks: 'xn--bcher-kva.example', isIn: true },
    { list: 'bücher.example', asks: 'bucher.example', isIn: false },
    { list: 'meydan.tv.', asks: 'meydan.tv', isIn: true },
  ])('$list has $asks: $isIn', ({ list, asks, isIn }) => {
    expect(isBlocked(list, asks)).toBe(isIn);
  });

  test.each(['exact', 'suffix', 'substring', 'regex'])('however names are compared: %s', (how) => {
    const list = 'meydan.tv.\nbücher.example\n';
    const asked = ['xn--bcher-kva.example', 'meydan.tv', 'example.org'];
    expect(asked.map((name) => isBlocked(list, name, how))).toEqual([true, true, false]);
  });

  test('in `domains` too', () => {
    const { rules } = readScenario({ trigger: '{ match: http.host, domains: [bücher.example] }' });
    expect(rules[0]?.trigger).toMatchObject({ domains: ['xn--bcher-kva.example'] });
  });

  test.each(['bü\ufffdcher.example', 'bü..example'])(
    'though not as %s, which `domains` refuses',
    (name) => {
      const trigger = `{ match: http.host, domains: ["${name}"] }`;
      expect(complaintsAbout(scenarioOf({ trigger }))).toEqual([
        expect.stringMatching(
          /^x\.yaml:16:44: rules\[0\]\.trigger\.domains\[0\]: expected a domain name such as .*; found "/,
        ),
      ]);
    },
  );
});

test('each name of a list that is valid is found, whatever its lines are', () => {
  const name = fc.stringMatching(/^[aB1ü。.]{1,5}$/);
  const around = fc.constantFrom('', ' ', '\t', '\r', '.', '#x', ' # ü', '*.');
  const line = fc.tuple(around, name, around).map((parts) => parts.join(''));
  let valid = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), fc.boolean(), (lines, hasMark) => {
      const list = (hasMark ? '\ufeff' : '') + lines.join('\n');
      const names = lines.map(plainly).filter((text) => text !== '');
      const isRight = names.length > 0 && names.every((text) => NAME.test(text));
      expect({ list, wrong: complaints(list).length > 0 }).toEqual({ list, wrong: !isRight });
      if (!isRight) return;
      valid++;
      for (const text of names) expect(isBlocked(list, `x.${text}`)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(valid).toBeGreaterThan(20);
});

const EXPECTED = 'expected a domain name such as "meydan.tv" or "*.meydan.tv"; found';

test.each([
  {
    list: 'https://meydan.tv/x?y=1',
    says: `${EXPECTED} "https://meydan.tv/x?y=1", a URL: write "meydan.tv"`,
  },
  { list: 'meydan.tv/', says: `${EXPECTED} "meydan.tv/", a URL: write "meydan.tv"` },
  {
    list: '//bücher.example/',
    says: `${EXPECTED} "//bücher.example/", a URL: write "xn--bcher-kva.example"`,
  },
  { list: 'http://', says: `${EXPECTED} "http://", a URL: write the name of its host` },
  {
    list: 'meydan.tv:443',
    says: `${EXPECTED} "meydan.tv:443", a name with a port: write "meydan.tv"`,
  },
  {
    list: '||meydan.tv^',
    says: `${EXPECTED} "||meydan.tv^", a rule of a blocker: write "meydan.tv"`,
  },
  {
    list: '0.0.0.0 meydan.tv',
    says: `${EXPECTED} "0.0.0.0 meydan.tv", an address before it: write "meydan.tv"`,
  },
  {
    list: 'meydan.tv azadliq.info',
    says: `${EXPECTED} "meydan.tv azadliq.info", several words: write one name on a line, and comments after #`,
  },
  {
    list: 'www.*.tv',
    says: `${EXPECTED} "www.*.tv", a star that is not in front, before a dot; a rule's \`patterns\` can say more`,
  },
  {
    list: '*meydan.tv',
    says: `${EXPECTED} "*meydan.tv", a star that is not in front, before a dot; write "*.meydan.tv" for the names below it; a rule's \`patterns\` can say more`,
  },
  {
    list: '*.*.tv',
    says: `${EXPECTED} "*.*.tv", a star that is not in front, before a dot; a rule's \`patterns\` can say more`,
  },
  {
    list: '*',
    says: `${EXPECTED} "*", a star that is not in front, before a dot; a rule's \`patterns\` can say more`,
  },
  { list: '*.', says: `${EXPECTED} "*.", an empty label: write one dot between labels` },
  { list: '..', says: `${EXPECTED} "..", an empty label: write one dot between labels` },
  {
    list: 'meydan..tv',
    says: `${EXPECTED} "meydan..tv", an empty label: write one dot between labels`,
  },
  {
    list: `${'a'.repeat(64)}.tv`,
    says: `${EXPECTED} "${'a'.repeat(60)}", a label of 64 characters: 63 are the most`,
  },
  {
    list: `${'abcde.'.repeat(50)}tv`,
    says: `${EXPECTED} "${'abcde.'.repeat(10)}", 302 characters: 253 are the most`,
  },
  {
    list: 'a.tv\rb.tv\r',
    says: `${EXPECTED} "a.tv\\rb.tv", lines that end in CR alone: end them in LF or CRLF`,
  },
  { list: 'meydan\u00a0.tv', says: `${EXPECTED} "meydan\\u00a0.tv", which IDNA does not allow` },
  { list: 'meydan!.tv', says: `${EXPECTED} "meydan!.tv"` },
  ...['10.0.0.1', '*.10.0.0.1', '10.0.0.1.'].map((list) => ({
    list,
    says: `${EXPECTED} "${list}", an address: write it into \`addresses\` of a rule with \`match: address\``,
  })),
  { list: '10.0.0.1:80', says: `${EXPECTED} "10.0.0.1:80"` },
  {
    list: 'http://10.0.0.1/',
    says: `${EXPECTED} "http://10.0.0.1/", a URL: write the name of its host`,
  },
  {
    list: '-meydan.tv',
    says: `${EXPECTED} "-meydan.tv", a dash at its beginning or end: write "meydan.tv"`,
  },
  {
    list: '*.meydan.tv-',
    says: `${EXPECTED} "*.meydan.tv-", a dash at its beginning or end: write "meydan.tv"`,
  },
  {
    list: '-bücher.example',
    says: `${EXPECTED} "-bücher.example", a dash at its beginning or end: write "bücher.example"`,
  },
  { list: '--', says: `${EXPECTED} "--", a dash at its beginning or end: write a name` },
  ...['xn--', 'xn--a-'].map((label) => ({
    list: label,
    says: `${EXPECTED} "${label}", of which "${label}" is no Punycode: write the name in its own script`,
  })),
  ...['xn--zzzzzz', 'XN--99999999', 'xn--', 'xn--a-'].map((label) => ({
    list: `www.${label}.tv`,
    says: `${EXPECTED} "www.${label}.tv", of which "${label}" is no Punycode: write the name in its own script`,
  })),
  {
    list: Buffer.from('b\xfccher.example', 'latin1'),
    says: 'expected text in UTF-8; found the byte 0xfc',
  },
])('a line $list is told', ({ list, says }) => {
  const text = Buffer.concat([
    Buffer.from('azadliq.info\n  '),
    Buffer.from(list),
    Buffer.from('\n'),
  ]);
  expect(complaints(text)).toEqual([`names.txt:2:3: ${says}`]);
});

describe('a line of a megabyte', () => {
  const LENGTH = 1024 * 1024;
  const long = (part: string): Buffer => Buffer.alloc(LENGTH, part);
  const line = (list: Buffer | string): string[] =>
    complaints(Buffer.concat([Buffer.from('a.tv\n'), Buffer.from(list), Buffer.from('\nb.tv\n')]));

  test.each(['a', 'a.', '.', '*', '-', 'ü', 'ü.', '中', 'a\u0301', '\u0000', 'xn--'])(
    'is no name: %j',
    (part) => {
      const list = Buffer.concat([long(part), Buffer.from('b')]);
      const length = list.length - (part === '.' ? 1 : 0); // a dot may stand before a name
      const [told = '', ...others] = line(list);
      expect(others).toEqual([]);
      expect(told.startsWith(`names.txt:2:1: ${EXPECTED} "`)).toBe(true);
      expect(told.endsWith(`", in a line of ${length} bytes: 253 characters are the most`)).toBe(
        true,
      );
      expect(told.length).toBeLessThan(600);
    },
  );

  test.each([
    ['a.tv\r', 'lines that end in CR alone: end them in LF or CRLF'],
    ['a ', 'several words: write one name on a line, and comments after #'],
    ['a/', 'a URL: write "a"'],
  ])('may tell by its beginning what it is: %j', (part, says) => {
    expect(line(long(part))).toEqual([expect.stringMatching(new RegExp(`", ${says}$`))]);
  });

  test('that is not UTF-8 is told so', () => {
    const says = 'expected text in UTF-8; found the byte 0xff';
    expect(line(Buffer.alloc(LENGTH, 0xff))).toEqual([`names.txt:2:1: ${says}`]);
  });

  test('may have blanks and a comment', () => {
    expect(line(long(' '))).toEqual([]);
    expect(
      line(
        Buffer.concat([long(' '), Buffer.from('c.tv'), long('\t'), Buffer.from('#'), long('ü')]),
      ),
    ).toEqual([]);
  });

  test('of which 4,096 bytes are read is cut between two characters', () => {
    for (let ahead = 0; ahead < 4; ahead++) {
      const [told = ''] = line(`${'b'.repeat(ahead)}${'𝒶'.repeat(2000)}`);
      expect(told).toContain(`in a line of ${ahead + 8000} bytes: 253 characters are the most`);
    }
  });

  test('is told in `domains` as in a list', () => {
    const trigger = `{ match: http.host, domains: ["${'a.'.repeat(100_000)}tv"] }`;
    expect(complaintsAbout(scenarioOf({ trigger }))).toEqual([
      expect.stringMatching(/in a line of 200002 bytes: 253 characters are the most$/),
    ]);
  });
});

test.each([
  'tv',
  'a--b.tv',
  'a-b.tv1',
  '1.2.3.4.5',
  '256.1.1.1',
  '1.1.1.1.tv',
  'a-.tv',
  'xn--p1ai',
  'www.XN--BCHER-KVA.example',
  'xn--strae-oqa.example',
  'xn--ls8h.la',
])('a line %s is a name', (list) => {
  expect(complaints(list)).toEqual([]);
});

test.each([
  {
    form: 'UTF-16 in little endian, with its mark',
    bytes: Buffer.from('\ufeffmeydan.tv\n', 'utf16le'),
  },
  { form: 'UTF-16 without a mark', bytes: Buffer.from('meydan.tv\n', 'utf16le') },
  { form: 'UTF-16 in big endian', bytes: Buffer.from('\ufeffmeydan.tv\n', 'utf16le').swap16() },
])('a list in $form is told as such', ({ bytes }) => {
  expect(complaints(bytes)).toEqual([
    'names.txt:1:1: expected text in UTF-8; found UTF-16: convert the file with `iconv -f UTF-16 -t UTF-8`',
  ]);
});

test.each(['a\0.test', 'a.test\0', 'a', '\0'])(
  'a zero byte makes no UTF-16 of a list: %j',
  (name) => {
    const says = name.includes('\0') ? ['with a control character: take it out'] : [];
    expect(complaints(`${name}\nb.test\n`)).toEqual(
      says.map((hint) => expect.stringContaining(hint)),
    );
  },
);

describe('a name that is there twice', () => {
  test('is told as a notice with both lines, whatever its form', () => {
    const list = 'meydan.tv\n# MEYDAN.TV\n  Meydan.TV.\nbücher.example\nxn--bcher-kva.example\n';
    expect(noticesOf(list)).toEqual([
      'names.txt:3:3: notice: "Meydan.TV" is on line 1 already',
      'names.txt:5:1: notice: "xn--bcher-kva.example" is on line 4 already',
    ]);
  });

  test('is none if something else stands before it', () => {
    expect(noticesOf('a.tv\n.a.tv\n*.a.tv\nb.a.tv\n')).toEqual([]);
    expect(noticesOf('*.a.tv\n*.a.tv\n')).toEqual([
      'names.txt:2:1: notice: "*.a.tv" is on line 1 already',
    ]);
  });

  test('is none in other letters for a box that tells them apart', () => {
    const profile = '{ host: { normalise: { case: exact } } }';
    expect(noticesOf('a.tv\nA.tv\n', profile)).toEqual([]);
    expect(noticesOf('a.tv\na.tv\n', profile)).toHaveLength(1);
  });

  test('is told of the first few, and of the others how many they are', () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `name-${i}.example`).join('\n');
    const notices = noticesOf(`${names}\n${names}\n`);
    expect(notices).toHaveLength(6);
    expect(notices[0]).toBe('names.txt:50001:1: notice: "name-0.example" is on line 1 already');
    expect(notices[5]).toBe('names.txt: notice: 49995 more names are there already');
  });

  test('is not told where the list is wrong', () => {
    expect(complaints('a.tv\na.tv\n!\n')).toHaveLength(1);
  });
});

/** A scenario with a list of its own; places are told relative to its folder. */
function withList<T>(list: string | Uint8Array, parts: object, use: (file: string) => T): T {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'names.txt'), list);
  const trigger = JSON.stringify({ match: 'http.host', list: 'names.txt' });
  writeFileSync(join(folder, 'x.yaml'), scenarioOf({ trigger, ...parts }));
  return use(join(folder, 'x.yaml'));
}

function complaints(list: string | Uint8Array): string[] {
  return withList(list, {}, (file) => {
    const text = scenarioOf({ trigger: '{ match: http.host, list: names.txt }' });
    return complaintsAbout(text, file).map((line) => line.replace(`${join(file, '..')}/`, ''));
  });
}

function noticesOf(list: string, profile = '{}'): string[] {
  return withList(list, { profile }, (file) => {
    const notices: string[] = [];
    loadScenarioFile(file, (text) => notices.push(text.replace(`${join(file, '..')}/`, '')));
    return notices;
  });
}

function isBlocked(list: string, host: string, as = 'suffix'): boolean {
  const trigger = JSON.stringify({ match: 'http.host', list: 'names.txt', as });
  return withList(list, { trigger }, (file) => {
    const { rules, profiles } = loadScenarioFile(file);
    const [rule] = policyOf(rules, profiles['p'] ?? { preset: 'plain' }).rules;
    const bytes = ascii(host);
    const seen = new Observation().of('http.host', bytes, 0, bytes.length);
    return rule?.trigger.matches(seen) ?? false;
  });
}

/** The name on a line, as a person would read it; what no name is like stays so. */
function plainly(line: string): string {
  const text = line.replace(/#.*/s, '').replace(/^[ \t\r]+|[ \t\r]+$/g, '');
  const rest = text.replace(/^(\*\.|\.)/, '').replace(/\.$/, '');
  if (rest === '') return text === '' ? '' : '?';
  if (/^[ -~]*$/.test(rest)) return rest.toLowerCase();
  return /[^A-Za-z0-9._\-\u0080-\uffff]/.test(rest)
    ? '?'
    : domainToASCII(rest).replace(/\.$/, '') || '?';
}

const NAME = /^([a-z0-9-]+\.)*[a-z0-9-]+$/;
