import { expect, test } from 'vitest';
import { openSslTime, wrongDate } from '../../../src/probe/steps/certificate-dates.ts';

test.each([
  ['Jan  1 00:00:00 0 GMT', '0000-01-01T00:00:00.000Z'],
  ['Dec 31 23:59:59 30 GMT', '0030-12-31T23:59:59.000Z'],
  ['Dec 31 23:59:59 1949 GMT', '1949-12-31T23:59:59.000Z'],
  ['Jun 12 15:18:58 2021 GMT', '2021-06-12T15:18:58.000Z'],
  ['Dec 31 23:59:59 9999 GMT', '9999-12-31T23:59:59.000Z'],
])('%s is %s', (text, iso) => {
  expect(new Date(openSslTime(text)).toISOString()).toBe(iso);
});

test.each(['', 'Bad time value', '2021-06-12', 'Juno 12 15:18:58 2021 GMT'])(
  '"%s" is no time',
  (text) => {
    expect(openSslTime(text)).toBeNaN();
  },
);

test.each([
  ['2020-12-31T23:59:59Z', 'certificate not valid before Jan  1 00:00:00 2021 GMT'],
  ['2021-01-01T00:00:00Z', undefined],
  ['2021-12-31T00:00:00Z', undefined],
  ['2021-12-31T00:00:01Z', 'certificate valid until Dec 31 00:00:00 2021 GMT'],
])('at %s a certificate of 2021 is told as %s', (now, says) => {
  const dates = { validFrom: 'Jan  1 00:00:00 2021 GMT', validTo: 'Dec 31 00:00:00 2021 GMT' };
  expect(wrongDate(dates, Date.parse(now))).toBe(says);
});
