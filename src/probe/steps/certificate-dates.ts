import type { X509Certificate } from 'node:crypto';
import type { Millis } from '../../base/units.ts';

/** Says in words why a certificate is not valid at a moment (Unix time); undefined if it is. */
export function wrongDate(
  { validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>,
  now: Millis,
): string | undefined {
  if (now < openSslTime(validFrom)) return `certificate not valid before ${validFrom}`;
  return now > openSslTime(validTo) ? `certificate valid until ${validTo}` : undefined;
}

/**
 * A time as OpenSSL prints it, such as `Jan  1 00:00:00 2022 GMT`, as Unix time; NaN if it is none. OpenSSL prints the year 30 as
 * `30`, and `Date.parse` would take that for 2030.
 */
export function openSslTime(text: string): Millis {
  const [, month = '', day, hours, minutes, seconds, year = ''] = PRINTED.exec(text) ?? [];
  const clock = `${day?.padStart(2, '0')}T${hours}:${minutes}:${seconds}Z`;
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  return Date.parse(`${year.padStart(4, '0')}-${number}-${clock}`);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const PRINTED = /^(\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d(?:\.\d+)?) (\d{1,4}) GMT$/;
