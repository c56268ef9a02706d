import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The first values of some fields in one flow, by their names; what does not occur in it is null. */
export type Firsts<F extends string> = Record<F, string | null>;

/**
 * What tshark reads in the packets that one end sent: of each field the first value, by `address port` of the sender. Streams
 * are put together whatever their order; UDP and TCP have different ports in all captures here.
 */
export async function readByTshark<F extends string>(
  file: string,
  fields: readonly F[],
  options: readonly string[] = [],
): Promise<Map<string, Firsts<F>>> {
  const wanted = [...ENDS, ...fields].flatMap((field) => ['-e', field]);
  const prefs = PREFERENCES.flatMap((preference) => ['-o', preference]);
  const format = ['-T', 'fields', '-E', 'occurrence=f'];
  const args = ['-n', '-r', file, ...prefs, ...options, ...format, ...wanted];
  const child = spawn('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  const flows = new Map<string, Firsts<F>>();
  for await (const line of createInterface(child.stdout)) {
    const values = line.split('\t');
    const [ip, ipv6, tcp, udp] = values as [string, string, string, string];
    const end = `${ip || ipv6} ${tcp || udp}`;
    const firsts = flows.get(end) ?? emptyFirsts(fields);
    flows.set(end, firsts);
    fields.forEach((field, i) => {
      firsts[field] ??= values[ENDS.length + i] || null;
    });
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`tshark ended with status ${code}`);
  return flows;
}

export function emptyFirsts<F extends string>(fields: readonly F[]): Firsts<F> {
  return Object.fromEntries(fields.map((field) => [field, null])) as Firsts<F>;
}

const ENDS = ['ip.src', 'ipv6.src', 'tcp.srcport', 'udp.srcport'];
const PREFERENCES = [
  'tcp.reassemble_out_of_order:TRUE',
  'tcp.desegment_tcp_streams:TRUE',
  'tls.desegment_ssl_records:TRUE',
  'tls.desegment_ssl_application_data:TRUE',
];
