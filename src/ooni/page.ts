import type { RecordedTransaction } from './recorded-keys.ts';
import type { Page } from './steps.ts';

/** What of a recorded response is compared. A body that was cut off has neither a length nor a title (ts-017). */
export function pageOf(response: NonNullable<RecordedTransaction['response']>): Page {
  const { code, body, body_is_truncated, headers } = response;
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body?.data ?? '', 'base64');
  const isWhole = Boolean(body) && !body_is_truncated;
  return {
    status: code || undefined,
    bodyLength: isWhole ? bytes.length : undefined,
    headers: headers ? Object.keys(headers) : undefined,
    title: isWhole
      ? titleOf(typeof body === 'string' ? body : bytes.toString('latin1'))
      : undefined,
  };
}

/** The text of the first `title`. */
function titleOf(html: string): string | undefined {
  return /<title\b[^<>]*>([^<]*)<\/title/i.exec(html)?.[1] || undefined;
}
