import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, Server as TlsServer } from 'node:tls';
import type { CertificateMint } from './authority.ts';
import type { ConnectionLog, ConnectionRecord } from './connection-log.ts';

export interface WebServerOptions {
  readonly httpPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  readonly mint: CertificateMint;
  readonly log: ConnectionLog;
  /** The certificate's name for a client that sends no server_name. */
  readonly defaultName: string;
}

/** Answers HTTP and HTTPS for any name, on all ports, over IPv4 and IPv6. Resolves when every port listens. */
export async function startWebServer(options: WebServerOptions): Promise<void> {
  const { httpPorts, tlsPorts, log } = options;
  const records = new Map<string, ConnectionRecord>();
  const http = createHttpServer((request, response) => {
    records.get(keyOf(request.socket))?.requests.push(describe(request));
    answer(request, response);
  });
  http.on('clientError', (_error, socket) => socket.destroy());
  const tls = await tlsServer(options);
  tls.on('secureConnection', (socket) => {
    const record = records.get(keyOf(socket));
    if (record !== undefined) record.sni = socket.servername || undefined;
    http.emit('connection', socket);
  });
  const listenFor = (server: Server, port: number): Promise<void> =>
    listen(port, (socket) => {
      follow(socket, log, records);
      server.emit('connection', socket);
    });
  await Promise.all([
    ...httpPorts.map((port) => listenFor(http, port)),
    ...tlsPorts.map((port) => listenFor(tls, port)),
  ]);
}

async function tlsServer({ mint, defaultName }: WebServerOptions): Promise<TlsServer> {
  const pair = await mint.certificateFor(defaultName);
  const server = new TlsServer({
    ...pair,
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name, done) => {
      mint.certificateFor(name).then(
        (named) => done(null, createSecureContext(named)),
        (error: Error) => done(error),
      );
    },
  });
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/** Logs a connection from its first moment to its end, whatever happens in between. */
function follow(socket: Socket, log: ConnectionLog, records: Map<string, ConnectionRecord>): void {
  const record = log.open(socket);
  const key = keyOf(socket);
  records.set(key, record);
  let end: 'closed' | 'reset' = 'closed';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET') end = 'reset';
  });
  socket.on('close', () => {
    records.delete(key);
    log.close(record, socket.bytesRead, end);
  });
}

/** The same for a TCP socket and for the TLS socket on top of it. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localPort}`;
}

function listen(port: number, onConnection: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    createServer({ noDelay: true }, onConnection)
      .once('error', reject)
      .listen({ port, host: '::', backlog: 4096 }, resolve);
  });
}

function describe(request: IncomingMessage): ConnectionRecord['requests'][number] {
  const { method = '', url = '', headers } = request;
  return { method, host: headers.host ?? '', url };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const host = (request.headers.host ?? '').replace(/[^\w.:[\]-]/g, '');
  const body = `<!doctype html>\n<title>${host}</title>\n<h1>${host}</h1>\n<p>Served by a lab host.</p>\n`;
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
