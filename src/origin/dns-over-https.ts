import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers a DNS query; undefined where there is nothing to answer. */
export type Respond = (query: Buffer, client: string) => Buffer | undefined;

/** Whether a request is a question over HTTPS (RFC 8484), of which the GET is understood. */
export function isDnsQuestion({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/dns-query?');
}

/** Answers it; with 400 what is no question (RFC 8484 §4.2.1). */
export function answerDnsQuestion(
  request: IncomingMessage,
  reply: ServerResponse,
  respond: Respond,
): void {
  const { searchParams } = new URL(request.url ?? '', 'https://localhost');
  const query = Buffer.from(searchParams.get('dns') ?? '', 'base64url');
  const answer = respond(query, request.socket.remoteAddress ?? '');
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
