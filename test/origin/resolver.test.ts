import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import { beforeAll, describe, expect, test } from 'vitest';
import { startResolver } from '../../src/origin/resolver.ts';

const PORT = 29_500 + (process.pid % 3_000);
const ZONES = [{ name: 'meydan.tv', ipv4: '198.18.3.2', ipv6: '2001:db8:3::2' }];

beforeAll(() => startResolver({ addresses: ['127.0.0.1'], port: PORT, zones: ZONES }));

describe.each([
  { over: 'UDP', ask: askUdp },
  { over: 'TCP', ask: askTcp },
])('over $over', ({ ask }) => {
  test.each([
    ['meydan.tv', 'A', ['198.18.3.2']],
    ['www.meydan.tv', 'A', ['198.18.3.2']],
    ['MEYDAN.TV', 'A', ['198.18.3.2']],
    ['meydan.tv', 'AAAA', ['2001:db8:3::2']],
    ['meydan.tv', 'TXT', []],
  ] as const)('%s %s resolves', async (name, type, addresses) => {
    const { rcode, answers, id } = (await ask(query(name, type))) as Packet & { rcode: string };
    expect({ rcode, id }).toEqual({ rcode: 'NOERROR', id: 7 });
    expect(answers?.map((answer) => 'data' in answer && answer.data)).toEqual(addresses);
  });

  test.each(['notmeydan.tv', 'tv', 'meydan.tv.example'])('%s does not exist', async (name) => {
    expect(await ask(query(name, 'A'))).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  test('bytes that are no query are told so, and the next query is answered', async () => {
    const garbage = Buffer.alloc(20, 0x7f);
    expect(await ask(garbage)).toMatchObject({ rcode: 'FORMERR' });
    expect(await ask(query('meydan.tv', 'A'))).toMatchObject({ rcode: 'NOERROR' });
  });
});

test('a response is not answered: two servers would never stop', async () => {
  const response = encode({
    type: 'response',
    id: 7,
    questions: [{ name: 'meydan.tv', type: 'A' }],
  });
  const answers: Buffer[] = [];
  const socket = createSocket('udp4').on('message', (message) => answers.push(message));
  socket.send(response, PORT, '127.0.0.1');
  socket.send(query('meydan.tv', 'A'), PORT, '127.0.0.1');
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.close();
  expect(answers.map((answer) => decode(answer))).toMatchObject([{ rcode: 'NOERROR' }]);
});

test('two queries in one TCP segment, or one in two, are answered', async () => {
  const one = framed(query('meydan.tv', 'A'));
  expect(await talkTcp([Buffer.concat([one, one])], 2)).toHaveLength(2);
  expect(await talkTcp([one.subarray(0, 5), one.subarray(5)], 1)).toHaveLength(1);
});

function query(name: string, type: 'A' | 'AAAA' | 'TXT'): Buffer {
  return encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type }] });
}

function askUdp(bytes: Buffer): Promise<Packet> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('message', (message) => {
      socket.close();
      resolve(decode(message));
    });
    socket.send(bytes, PORT, '127.0.0.1');
  });
}

async function askTcp(bytes: Buffer): Promise<Packet> {
  const [message] = await talkTcp([framed(bytes)], 1);
  return decode(message as Buffer);
}

function framed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Sends the chunks a moment apart; the first `count` messages that come back. */
function talkTcp(chunks: readonly Buffer[], count: number): Promise<Buffer[]> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = connect({ port: PORT, host: '127.0.0.1', noDelay: true });
    chunks.forEach((chunk, i) => {
      setTimeout(() => socket.write(chunk), 20 * i);
    });
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const messages: Buffer[] = [];
      for (let at = 0; at + 2 <= received.length; at += 2 + received.readUInt16BE(at)) {
        const end = at + 2 + received.readUInt16BE(at);
        if (end <= received.length) messages.push(received.subarray(at + 2, end));
      }
      if (messages.length < count) return;
      socket.destroy();
      resolve(messages);
    });
  });
}
