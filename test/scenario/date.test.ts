import { expect, test } from 'vitest';
import { TOO_EARLY, TOO_LATE } from '../../src/base/calendar.ts';
import { momentOf, parseDate } from '../../src/scenario/date.ts';

test.each([
  ['2022-09-16', '2022-09-16T00:00:00.000Z'],
  ['2022-09-16T12:00', '2022-09-16T12:00:00.000Z'],
  ['2022-09-16T12:00:05', '2022-09-16T12:00:05.000Z'],
  ['2022-09-16T12:00:05.250Z', '2022-09-16T12:00:05.250Z'],
  ['2022-09-16T12:00+04:00', '2022-09-16T08:00:00.000Z'],
])('%s is %s, wherever the machine is', (text, iso) => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'Asia/Baku';
  try {
    expect(new Date(parseDate(text)).toISOString()).toBe(iso);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test.each([
  '',
  'yesterday',
  '1',
  '2022',
  '2022-02-30',
  '2022-13-01',
  '2022-09-16T25:00',
  '16.9.2022',
])('"%s" is no date', (text) => {
  expect(() => parseDate(text)).toThrow(`--at: expected a date; found "${text}"`);
});

test.each([
  '0000-01-01',
  '0099-12-31T23:59:59Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00+04:00',
  '9999-01-01',
  '9998-12-31T23:59:59-01:00',
])('"%s" is a date with which no lab begins', (text) => {
  const expected = text.startsWith('999') ? TOO_LATE : TOO_EARLY;
  expect(() => parseDate(text)).toThrow(`--at: ${expected}; found "${text}"`);
});

test.each([
  ['1970-01-01', 0],
  ['9998-12-31T23:59:59.999Z', 253_370_764_799_999],
  ['2022-09-16T12:00:05.123456789Z', 1_663_329_605_123],
])('"%s" is one with which a lab can', (text, time) => {
  expect(parseDate(text)).toBe(time);
});

const scenario = {
  id: 'some',
  period: { from: '2022-09-13T12:00:00Z', to: '2022-09-21T00:00:00Z' },
};

test('every moment of the period can be named, its end not', () => {
  expect(momentOf(scenario, '2022-09-13T12:00')).toBe('2022-09-13T12:00:00.000Z');
  expect(momentOf(scenario, '2022-09-20T23:59:59')).toBe('2022-09-20T23:59:59.000Z');
  for (const outside of ['2022-09-13', '2022-09-21']) {
    expect(() => momentOf(scenario, outside)).toThrow(`some is not about ${outside}`);
  }
});

test('a period without an end has no last moment', () => {
  const open = { id: 'some', period: { from: '2022-09-13T12:00:00Z' } };
  expect(momentOf(open, '2999-01-01')).toBe('2999-01-01T00:00:00.000Z');
});
