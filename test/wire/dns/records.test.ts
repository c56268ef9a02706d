import { describe, expect, test } from 'vitest';
import { DnsRecords } from '../../../src/wire/dns/records.ts';
import { labels } from '../../support/dns.ts';
import { concat, hex, placed } from '../../support/packets.ts';

const QUESTION = concat(labels('a', 'tv'), hex`00 01 00 01`);
const ADDRESS = concat(labels('a', 'tv'), hex`00 01 00 01 00 00 00 3c 00 04 c0 00 02 01`);
const POINTING = hex`c0 0c 00 1c 00 01 00 00 00 3c 00 02 aa bb`;
const EMPTY = hex`00 00 29 04 d0 00 00 00 00 00 00`;

describe('the records of a message', () => {
  test('are seen one after the other, with their type and data', () => {
    expect(read(concat(ADDRESS, POINTING, EMPTY), 0)).toEqual([
      { type: 1, data: [0xc0, 0, 2, 1] },
      { type: 28, data: [0xaa, 0xbb] },
      { type: 41, data: [] },
    ]);
  });

  test.each([
    { name: 'one more question', questions: concat(QUESTION), count: 1 },
    { name: 'two more questions', questions: concat(QUESTION, QUESTION), count: 2 },
    { name: 'a question that points', questions: hex`c0 0c 00 01 00 01`, count: 1 },
  ])('are looked for behind $name', ({ questions, count }) => {
    expect(read(concat(questions, POINTING), count)).toEqual([{ type: 28, data: [0xaa, 0xbb] }]);
  });

  test('are seen as far as they are whole, whatever lies behind the message', () => {
    const all = concat(ADDRESS, POINTING, EMPTY);
    const ends = [ADDRESS.length, ADDRESS.length + POINTING.length, all.length];
    for (let end = 0; end <= all.length; end++) {
      const whole = ends.filter((each) => each <= end).length;
      expect([end, read(all, 0, end).length]).toEqual([end, whole]);
    }
  });

  test('are not looked for where a question is not whole', () => {
    const all = concat(QUESTION, POINTING);
    for (let end = 0; end < QUESTION.length; end++) expect(read(all, 1, end)).toEqual([]);
    expect(read(concat(hex`41`, all), 1)).toEqual([]);
  });

  test('end with the first that is not whole', () => {
    const records = new DnsRecords().start(hex`c0 0c 00 01 00 01 00 00 00 00 00 09`, 0, 12, 0);
    expect([records.next(), records.next()]).toEqual([false, false]);
  });
});

/** The records of `[0, end)` of the message's rest; the bytes behind are there, too. */
function read(rest: Uint8Array, questionsLeft: number, end = rest.length): unknown[] {
  const { bytes, at } = placed(rest);
  const seen: unknown[] = [];
  const records = new DnsRecords().start(bytes, at, at + end, questionsLeft);
  while (records.next()) {
    const { type, dataAt, dataEnd } = records;
    seen.push({ type, data: [...bytes.slice(dataAt, dataEnd)] });
  }
  return seen;
}
