import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { parseUrl } from '../base/url.ts';
import type { CertificateMint, KeyAndCertificate } from './authority.ts';
import type { ConnectionLog, ConnectionRecord } from './connection-log.ts';
import { answerDnsQuestion, isDnsQuestion, type Respond } from './dns-over-https.ts';
import { here, type Within } from './within.ts';

export interface WebServerOptions {
  readonly httpPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  readonly mint: CertificateMint;
  readonly log: ConnectionLog;
  /** The only certificate it has, whatever name is asked for; by default one for each. */
  readonly certificate?: KeyAndCertificate | undefined;
  /** Who answers questions of DNS over HTTPS; by default nobody. */
  readonly dns?: Respond | undefined;
  /** Where every request is sent, but for one of that URL itself; by default each is answered with a page. */
  readonly redirect?: string | undefined;
  /** The certificate's name for a client that sends no server_name. */
  readonly defaultName: string;
  readonly within?: Within;
  /** Whom a socket was connected to, when Node cannot tell: it was reset before it was accepted. */
  readonly peerOf?: (socket: Socket) => string | undefined;
}

/**
 * Answers HTTP and HTTPS for any name, on all ports, over IPv4 and IPv6. Resolves when every port listens, with the ports: port 0 is one that the
 * system chooses. Rejects if a port is taken.
 */
export async function startWebServer(options: WebServerOptions): Promise<WebServerPorts> {
  const {
    httpPorts,
    tlsPorts,
    log,
    mint,
    certificate,
    dns,
    redirect,
    within = here,
    peerOf,
  } = options;
  const connections = new WeakMap<Socket, Connection>();
  const requests = createHttpServer((request, response) => {
    const connection = connections.get(request.socket);
    if (connection !== undefined) log.noteRequest(connection.record, describe(request));
    if (dns !== undefined && isDnsQuestion(request)) void answerDnsQuestion(request, response, dns);
    else if (redirect === undefined || isAskedFor(redirect, request)) answer(request, response);
    else response.writeHead(302, { Location: redirect, 'Content-Length': 0 }).end();
  });
  requests.keepAliveTimeout = 0; // a connection is the client's to keep
  requests.on('clientError', (_error, socket) => socket.destroy());
  const serve = (socket: Socket, connection: Connection): void => {
    connections.set(socket, connection);
    requests.emit('connection', socket);
  };
  const context = createSecureContext(
    certificate ?? (await mint.certificateFor(options.defaultName)),
  );
  const plain = httpPorts.map((port) =>
    listen(port, within, (socket) => serve(socket, follow(socket, log, peerOf))),
  );
  const encrypted = tlsPorts.map((port) =>
    listen(port, within, (socket) => {
      const connection = follow(socket, log, peerOf);
      const noteName = (name: string): void => {
        connection.record.sni = name;
      };
      const own = certificate === undefined ? mint : undefined;
      const secure = startTls(socket, context, own, noteName);
      secure.on('error', connection.onError);
      secure.once('secure', () => {
        serve(secure, connection);
      });
    }),
  );
  const [http, tls] = await Promise.all([Promise.all(plain), Promise.all(encrypted)]);
  return { http, tls };
}

/** In the order of `httpPorts` and `tlsPorts`. */
export interface WebServerPorts {
  readonly http: readonly number[];
  readonly tls: readonly number[];
}

/** A connection in the log, and what to tell it of errors. */
interface Connection {
  readonly record: ConnectionRecord;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/** Logs a connection from its first moment to its end, whatever happens in between. */
function follow(
  socket: Socket,
  log: ConnectionLog,
  peerOf: WebServerOptions['peerOf'],
): Connection {
  const record = log.open(
    socket,
    socket.remoteAddress === undefined ? peerOf?.(socket) : undefined,
  );
  let end: 'closed' | 'reset' = 'closed';
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'ECONNRESET') end = 'reset';
  };
  socket.on('error', onError);
  socket.on('close', () => log.close(record, socket.bytesRead, end));
  return { record, onError };
}

/** Without a mint there is no other certificate than the context's. */
function startTls(
  socket: Socket,
  secureContext: SecureContext,
  mint: CertificateMint | undefined,
  noteName: (name: string) => void,
): TLSSocket {
  const secure = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name, done) => {
      noteName(name);
      if (mint === undefined) {
        done(null, secureContext);
        return;
      }
      mint.certificateFor(name).then(
        (pair) => done(null, createSecureContext(pair)),
        (error: Error) => done(error),
      );
    },
  });
  return secure.on('error', () => secure.destroy());
}

/** Without a host, `listen` opens its socket (for IPv6 and IPv4) before it returns. */
function listen(
  port: number,
  within: Within,
  onConnection: (socket: Socket) => void,
): Promise<number> {
  const server = createServer({ noDelay: true }, onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    within(() =>
      server.listen({ port, backlog: 4096 }, () => resolve((server.address() as AddressInfo).port)),
    );
  });
}

function describe(request: IncomingMessage): ConnectionRecord['requests'][number] {
  const { method = '', url = '', headers } = request;
  return { method, host: headers.host ?? '', url };
}

/** A server that a redirect of its own leads to would send its visitors round for ever. */
function isAskedFor(url: string, { url: path = '', headers, socket }: IncomingMessage): boolean {
  const base = `${socket instanceof TLSSocket ? 'https' : 'http'}://${headers.host ?? ''}`;
  const wanted = new URL(url);
  wanted.hash = ''; // never sent (RFC 9110 §4.2.5)
  return parseUrl(path, base)?.href === wanted.href;
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
