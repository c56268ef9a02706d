import type { RecordedTransaction } from './recorded-keys.ts';
import type { Page } from './steps.ts';

/** What of a recorded response is compared. A body that was cut off has no length. */
export function pageOf(response: NonNullable<RecordedTransaction['response']>): Page {
  const { code, body, body_is_truncated, headers } = response;
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body?.data ?? '', 'base64');
  return {
    status: code || undefined,
    bodyLength: body_is_truncated ? undefined : bytes.length,
    headers: Object.keys(headers ?? {}),
    title: titleOf(typeof body === 'string' ? body : bytes.toString('latin1')),
  };
}

/** The text of the first `title`; empty if there is none. */
function titleOf(html: string): string {
  return /<title\b[^<>]*>([^<]*)<\/title/i.exec(html)?.[1] ?? '';
}
