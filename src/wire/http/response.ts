export interface HttpResponse {
  readonly status: number;
  readonly reason: string;
  /** Names and values, in the order of the lines. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array;
}

/**
 * An HTTP/1.1 response, such as a block page. Content-Length and Connection: close are added unless they are given. A
 * page that lacks them, or is odd otherwise, is better kept as the bytes that were seen.
 */
export function buildHttpResponse({ status, reason, headers, body }: HttpResponse): Uint8Array {
  const bodyBytes = typeof body === 'string' ? UTF_8.encode(body) : body;
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (!given.has('content-length')) lines.push(`Content-Length: ${bodyBytes.length}`);
  if (!given.has('connection')) lines.push('Connection: close');
  const head = UTF_8.encode([`HTTP/1.1 ${status} ${reason}`, ...lines, '', ''].join('\r\n'));
  const response = new Uint8Array(head.length + bodyBytes.length);
  response.set(head);
  response.set(bodyBytes, head.length);
  return response;
}

const UTF_8 = new TextEncoder();
