import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers a DNS query; undefined where there is nothing to answer. */
export type Respond = (query: Buffer, client: string) => Buffer | undefined;

/** Whether a request is a question over HTTPS (RFC 8484): GET with `dns`, or POST. */
export function isDnsQuestion({ url = '', method }: IncomingMessage): boolean {
  return method === 'POST' ? /^\/dns-query(\?|$)/.test(url) : url.startsWith('/dns-query?');
}

/** Answers it; with 400 what is no question (RFC 8484 §4.2.1). */
export async function answerDnsQuestion(
  request: IncomingMessage,
  reply: ServerResponse,
  respond: Respond,
): Promise<void> {
  const query = await queryOf(request).catch(() => undefined);
  const answer = query && respond(query, request.socket.remoteAddress ?? '');
  if (answer === undefined) {
    reply.writeHead(400, { 'Content-Length': 0 }).end();
    return;
  }
  reply.writeHead(200, {
    'Content-Type': 'application/dns-message',
    'Content-Length': answer.length,
  });
  reply.end(answer);
}

/** Undefined for more than a message can have. */
async function queryOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (request.method !== 'POST') {
    const { searchParams } = new URL(request.url ?? '', 'https://localhost');
    return Buffer.from(searchParams.get('dns') ?? '', 'base64url');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_MESSAGE) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const LONGEST_MESSAGE = 65_535;
