import { ascii } from '../support/packets.ts';
import { Random } from '../support/random.ts';
import { type Odd, pieces } from './odd.ts';

/** A request, or several in a row, as few clients send them; somewhere in it, mostly, stands a blocked name. */
export function oddRequest(seed: number): Odd {
  const random = new Random(seed);
  const about: string[] = [];
  const count = random.chance(0.2) ? random.int(2, 3) : 1;
  const text = Array.from({ length: count }, () => request(new Choice(random, about))).join('');
  return { about: about.join(', '), pieces: pieces(ascii(text), random) };
}

/** Draws one of several ways, the usual one at least as often as `usual` says, and notes any other. */
class Choice {
  readonly random: Random;
  readonly #about: string[];
  readonly #oddity: number;

  constructor(random: Random, about: string[]) {
    this.random = random;
    this.#about = about;
    this.#oddity = random.pick([0.15, 0.3, 0.6, 1]);
  }

  of(name: string, usual: number, [first, ...others]: readonly [string, ...string[]]): string {
    if (!this.random.chance((1 - usual) * this.#oddity)) return first;
    const other = this.random.pick(others);
    const shown = other.length > 40 ? `${other.slice(0, 20)}… (${other.length})` : other;
    this.#about.push(`${name} ${JSON.stringify(shown)}`);
    return other;
  }
}

function request(choice: Choice): string {
  const { random } = choice;
  const eol = choice.of('line end', 0.85, ['\r\n', '\n', '\r\r\n', '\r']);
  const before = choice.of('before', 0.85, ['', '\r\n', '\n', '\r\n\r\n\n', ' ', '\r', '\0']);
  const line = requestLine(choice);
  const fields = [...junk(choice), ...hosts(choice), ...junk(choice)];
  const body = bodyOf(choice);
  const mixed = random.chance(0.05) ? '\n' : eol;
  return `${before}${line}${eol}${[...fields, ...body.fields].map((f) => f + mixed).join('')}${eol}${body.text}`;
}

function requestLine(choice: Choice): string {
  const { random } = choice;
  const long = random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ', random.int(10, 70));
  const odd = random.text("GET!#$%&'*+-.^_`|~09az", random.int(1, 12));
  const [method, separator, target, second, version] = [
    choice.of('method', 0.6, [
      ...(['GET', 'POST', 'PUT', 'OPTIONS', 'PROPFIND', 'get', 'Get', 'BREW', 'DELETE'] as const),
      ...([long, odd, 'CONNECT', 'PRI', 'QUERY', 'G\tT', 'G(T', 'HTTP/1.1'] as const),
    ]),
    choice.of('after method', 0.9, [' ', '  ', '\t', ' \t ', '\v', '\f', '']),
    choice.of('target', 0.55, targets(random)),
    choice.of('before version', 0.9, [' ', '  ', '\t', '\v', '']),
    choice.of('version', 0.75, [
      ...(['HTTP/1.1', 'HTTP/1.0', '', 'HTTP/1.2', 'HTTP/1.9', 'http/1.1', 'HTTP/2.0'] as const),
      ...(['HTTP/0.9', 'HTTP/1.1 ', 'HTTP/01.1', 'HTTP/1.01', 'HTTP/1', 'HTTP/1.10'] as const),
      ...(['HTTP/1.1\t', 'HTTP/ 1.1', 'HTTPS/1.1', 'FOO/1.1'] as const),
    ]),
  ];
  return `${method}${separator}${target}${version === '' ? '' : second}${version}`;
}

function targets(random: Random): [string, ...string[]] {
  const name = nameOf(random);
  const long = `/${random.text('abcdefghij', random.int(500, 7000))}`;
  return [
    ...(['/', `http://${name}/`, `HTTP://${name}/`, `http://${name}`, `http://${name}?q`] as const),
    ...[`http://${name}:80/`, `http://user@${name}/`, `http://user:pw@${name}:8080/x`],
    ...[`https://${name}/`, `foo://${name}/`, `h2-t.p+x://${name}/`, `1http://${name}/`],
    ...[`http:/${name}/`, `http:${name}/`, `http:///${name}/`, `//${name}/`, `${name}/`],
    ...[`http://${name}.:80/`, `http://${name}#f`, `http://a@b@${name}/`, `http://${name}\\x`],
    ...['*', '/a b', '/%', '/\u00e9', long, '?', '', 'x', `${name}:443`, name, '/\t', '/#'],
    ...[`http://${name}:/`, `http:// ${name}/`, `http://${name}%2e/`, '/http://blocked.test/'],
  ];
}

function nameOf(random: Random): string {
  return random.pick(['blocked.test', 'blocked.test', 'allowed.test', 'BLOCKED.test']);
}

/** None, one or several, spelled as clients may. */
function hosts(choice: Choice): string[] {
  const { random } = choice;
  const count = random.chance(0.75) ? 1 : random.int(0, 3);
  if (count !== 1) choice.of('hosts', 0, ['', String(count)]);
  return Array.from({ length: count }, () => {
    const name = choice.of('name', 0.8, ['Host', 'host', 'HOST', 'hOsT', ...ODD_HOST_FIELDS]);
    const separator = choice.of('colon', 0.7, [
      ...([
        ': ',
        ':',
        ' : ',
        '\t:',
        ' :',
        ':\t',
        ':  \t ',
        ':\r\n ',
        ':\r\n\t',
        ':\n ',
        ':\0',
      ] as const),
      ...([': \r\n  \r\n ', ':\v', ':\f', ': \t', ' '] as const),
    ]);
    const value = choice.of('host', 0.5, hostValues(random));
    const after = choice.of('after host', 0.9, ['', ' ', '\t', ' \t  ', '\r\n ', '\r', '\v', '\f']);
    return `${name}${separator}${value}${after}`;
  });
}

function hostValues(random: Random): [string, ...string[]] {
  const name = nameOf(random);
  return [
    'blocked.test',
    ...[name, 'BLOCKED.TEST', 'Blocked.Test', `${name}:80`, `${name}:`, `${name}.`, `${name}.:80`],
    ...[`${name}:8080`, `${name}:port`, `${name}:80:80`, `${name}..`, `.${name}`, `${name}/`],
    ...[`user@${name}`, `u:p@${name}`, `${name},allowed.test`, `allowed.test,${name}`],
    ...[`${name} allowed.test`, `allowed.test ${name}`, `${name}\\x`, `${name}?q`, `${name}#f`],
    ...[`blocked%2etest`, `"${name}"`, `[${name}]`, `${name}\0`, `${name}\0.x`, '', '[::1]', '-'],
    ...[`http://${name}`, `http://${name}/`, `${name}:+80`, `${name}:99999`, `bl\tocked.test`],
    ...['block\u00e9d.test', `x.${name}`, 'allowed.test', `${name}:080`, `${name}: 80`, `${name}_`],
  ];
}

/** Fields that are none of ours, some of which only look like Host. */
function junk(choice: Choice): string[] {
  const { random } = choice;
  if (random.chance(0.5)) return ['Accept: */*'];
  return Array.from({ length: random.int(0, 3) }, () =>
    choice.of('field', 0.5, [
      'User-Agent: x',
      ...[
        'X: y\r\n Host: blocked.test',
        'X:\r\n\tblocked.test',
        'Hosts: blocked.test',
        'X-Host: blocked.test',
      ],
      ...[
        'no colon here',
        ': empty name',
        ' leading: blank',
        '\tleading: tab',
        'na me: x',
        'X : y',
      ],
      ...[
        'X:\0',
        'Héader: x',
        'X: \u0001',
        'X: a\rHost: blocked.test',
        'Forwarded: host=blocked.test',
      ],
      ...[`X: ${random.text('abcdef ', random.int(1000, 7000))}`, 'X-Forwarded-Host: blocked.test'],
      ...['Connection: close', 'Connection: Host', 'Expect: 100-continue', 'Upgrade: h2c', 'X:'],
      ...[
        'Content-Type: text/plain',
        '',
        'Host\tblocked.test',
        'Host blocked.test',
        'Ho\0st: blocked.test',
      ],
    ]),
  );
}

function bodyOf(choice: Choice): { readonly fields: readonly string[]; readonly text: string } {
  if (choice.random.chance(0.8)) return { fields: [], text: '' };
  const fake = 'GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n';
  const chunked = `${fake.length.toString(16)}\r\n${fake}\r\n0\r\n\r\n`;
  const kind = choice.of('body', 0.4, [
    'length',
    'chunked',
    'both',
    'short',
    'signed',
    'twice',
    'gzip',
  ]);
  switch (kind) {
    case 'length':
      return { fields: [`Content-Length: ${fake.length}`], text: fake };
    case 'chunked':
      return { fields: ['Transfer-Encoding: chunked'], text: chunked };
    case 'both':
      return { fields: ['Content-Length: 5', 'Transfer-Encoding: chunked'], text: chunked };
    case 'short':
      return { fields: ['Content-Length: 0'], text: fake };
    case 'signed':
      return { fields: [`Content-Length: +${fake.length}`], text: fake };
    case 'twice':
      return { fields: ['Content-Length: 4', 'Content-Length: 4'], text: 'abcd' };
    default:
      return { fields: ['Transfer-Encoding: gzip, chunked'], text: chunked };
  }
}

const ODD_HOST_FIELDS = [' Host', '\tHost', 'Host\0', 'Host-', 'Ho st', 'Hos', 'HOST\u00a0'];
