import { describe, expect, test } from 'vitest';
import { Engine, type Observer } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { ascii, clientHello, clientHelloMessage, concat, httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { record } from '../support/tls.ts';

const { strict, 'naive-stream': naive } = PRESETS;
const FILLER = Array.from({ length: 100 }, (_, i) => `X-${i}: ${'a'.repeat(50)}`);
const HEAD = httpRequest({ host: 'blocked.example', before: FILLER });
const MANY: readonly (readonly [number, number])[] = Array.from({ length: 1300 }, () => [9, 0]);

describe('a message in segments of a byte is found, at the latest when it is whole', () => {
  test.each<{ name: string; model: Model; message: Uint8Array }>([
    { name: 'a long head', model: strict, message: HEAD },
    { name: 'a long head of CRLF alone', model: withCrlf(strict), message: HEAD },
    {
      name: 'a long ClientHello',
      model: strict,
      message: clientHello({ sni: 'blocked.example', before: MANY }),
    },
    {
      name: 'a long ClientHello in one record',
      model: naive,
      message: clientHello({ sni: 'blocked.example', before: MANY }),
    },
    { name: 'a long ClientHello in small records', model: strict, message: inRecords(17) },
  ])('$name', ({ model, message }) => {
    const { engine } = counting(model);
    const session = new Session(engine).handshake();
    const verdicts = Array.from(
      message,
      (byte) => session.send('client', Uint8Array.of(byte)).kind,
    );
    expect(message.length).toBeGreaterThan(5000);
    expect(verdicts).toContain('inject');
  });

  test.each([
    {
      name: 'the Host line of a head',
      message: httpRequest({ host: 'blocked.example', after: ['A: b'] }),
      from: 'Host',
    },
    {
      name: 'the name in a ClientHello',
      message: clientHello({ sni: 'blocked.example', before: [[9, 1800]] }),
      from: 'blocked',
    },
  ])('$name shows at once where it is no longer than they are', ({ message, from }) => {
    const session = new Session(counting(strict).engine).handshake();
    const verdicts = Array.from(
      message,
      (byte) => session.send('client', Uint8Array.of(byte)).kind,
    );
    const nameEnd = Buffer.from(message).indexOf('blocked.example') + 'blocked.example'.length;
    expect(Buffer.from(message).includes(from)).toBe(true);
    expect(verdicts.indexOf('inject')).toBe(nameEnd - 1 + (from === 'Host' ? 2 : 0));
  });
});

test('the work for a head in segments of a byte grows as its length does', () => {
  const [short, long] = [5000, 20_000].map((length) => {
    const { engine, counts } = counting(strict);
    const head = concat(
      ascii('GET / HTTP/1.1\r\nHost: a\r\nX: '),
      new Uint8Array(length).fill(0x61),
    );
    const session = new Session(engine).handshake();
    for (const byte of head) session.send('client', Uint8Array.of(byte), { now: 0 });
    return counts.bytes;
  });
  expect(long).toBeLessThan(6 * (short as number));
}, 30_000);

/** An engine, and how many bytes it had before it each time it read a host. */
function counting(model: Model): { engine: Engine; counts: { bytes: number } } {
  const counts = { bytes: 0 };
  const observer: Observer = {
    asksAbout: () => false,
    observe: ({ flow }) => {
      const stream = flow?.toServer.stream;
      if (stream !== undefined) counts.bytes += stream.end - stream.at;
    },
  };
  const list = {
    names: ['blocked.example'],
    how: 'suffix',
    normalise: model.host.normalise,
  } as const;
  const rules: Rule[] = [
    { name: 'http', trigger: names('http.host', list), action: RESET },
    { name: 'https', trigger: names('tls.sni', list), action: RESET },
  ];
  return { engine: new Engine({ policy: { model, rules }, observer }), counts };
}

function withCrlf(model: Model): Model {
  return { ...model, http: { ...model.http, endOfLine: 'crlf' } };
}

function inRecords(size: number): Uint8Array {
  const message = clientHelloMessage({ sni: 'blocked.example', before: MANY });
  const count = Math.ceil(message.length / size);
  return concat(
    ...Array.from({ length: count }, (_, i) => record(22, message.slice(i * size, (i + 1) * size))),
  );
}
