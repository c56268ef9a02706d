import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Of one stream, what each end said: of each field the values in the first packet that has any. */
export interface Stream<F extends string> {
  readonly client: Values<F>;
  readonly server: Values<F>;
}

export type Values<F extends string> = Record<F, readonly string[]>;

/**
 * What tshark reads in the TCP and UDP streams of a capture, put together whatever the order of their segments. Streams are
 * known by `protocol address port` of who sent first; in these captures no two have the same.
 */
export async function readByTshark<F extends string>(
  file: string,
  fields: readonly F[],
  options: readonly string[] = [],
): Promise<Map<string, Stream<F>>> {
  const wanted = [...WHERE, ...fields].flatMap((field) => ['-e', field]);
  const prefs = PREFERENCES.flatMap((preference) => ['-o', preference]);
  const format = ['-T', 'fields', '-E', `aggregator=${AGGREGATOR}`];
  const args = ['-n', '-r', file, ...prefs, ...options, ...format, ...wanted];
  const child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  const streams = new Map<string, Stream<F>>();
  const clients = new Map<string, string>();
  for await (const line of createInterface(child.stdout)) {
    const values = line.split('\t');
    const [ip, ipv6, tcp, udp, tcpStream, udpStream] = values as string[];
    if (!tcpStream && !udpStream) continue;
    const id = tcpStream ? `tcp ${tcpStream}` : `udp ${udpStream}`;
    const end = `${tcpStream ? 'tcp' : 'udp'} ${ip || ipv6} ${tcp || udp}`;
    const client = clients.get(id) ?? end;
    clients.set(id, client);
    const stream = streams.get(client) ?? { client: none(fields), server: none(fields) };
    streams.set(client, stream);
    const said = end === client ? stream.client : stream.server;
    fields.forEach((field, i) => {
      const text = values[WHERE.length + i];
      if (text && said[field].length === 0) said[field] = text.split(AGGREGATOR);
    });
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`tshark ended with status ${code}`);
  return streams;
}

function none<F extends string>(fields: readonly F[]): Values<F> {
  return Object.fromEntries(fields.map((field) => [field, []])) as unknown as Values<F>;
}

const AGGREGATOR = '|';
const WHERE = 'ip.src ipv6.src tcp.srcport udp.srcport tcp.stream udp.stream'.split(' ');
const PREFERENCES = [
  'tcp.reassemble_out_of_order:TRUE',
  'tcp.desegment_tcp_streams:TRUE',
  'tls.desegment_ssl_records:TRUE',
  'tls.desegment_ssl_application_data:TRUE',
];
