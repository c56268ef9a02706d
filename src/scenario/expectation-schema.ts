import * as z from 'zod';
import { Domain, Line, Probe } from './fields.ts';

export const HostName = z.string();

const Percent = z.int().min(0).max(100);

/** At least, and at most. */
const Milliseconds = z.tuple([z.number(), z.number()]);

const OriginSchema = z.strictObject({
  host: HostName.default('server').describe("Whose web server; it must be the lab's own."),
  connections: z.int().min(0).describe('That it accepted.'),
  request_bytes: z
    .int()
    .min(0)
    .optional()
    .describe('That it received of them all, TLS handshakes included.'),
});

const ResetsSchema = z.strictObject({ client: z.int().min(0), server: z.int().min(0) });

/** Of these, a sum. */
function Flags(most: number) {
  return z.int().min(0).max(most).optional();
}

/** What a probe must see, and what must be seen of it elsewhere. */
export const SeeSchema = z.strictObject({
  failure: z
    .string()
    .nullable()
    .describe("OONI's name of what goes wrong, such as connection_reset; null if nothing does."),
  failing: z
    .tuple([z.int().min(0), z.int().min(0)])
    .optional()
    .describe('Of all `times`, how many have this failure, at least and at most; the others none.'),
  blocking: z
    .union([z.enum(['dns', 'tcp_ip', 'http-failure', 'http-diff']), z.literal(false)])
    .nullable()
    .optional()
    .describe(
      'The verdict of web_connectivity: how it is blocked, false if it is not, null if that is not known.',
    ),
  accessible: z.boolean().nullable().optional().describe('The other half of that verdict.'),
  dns_consistency: z
    .enum(['consistent', 'inconsistent'])
    .nullable()
    .optional()
    .describe('Whether names lead web_connectivity where they lead the control.'),
  blocking_flags: Flags(63).describe(
    'x_blocking_flags: 1 DNS, 2 TCP, 4 TLS, 8 HTTP, 16 another page, 32 success.',
  ),
  dns_flags: Flags(7).describe('x_dns_flags: 1 bogon, 2 unexpected failure, 4 unexpected address.'),
  null_null_flags: Flags(31).describe(
    'x_null_null_flags: 1 DNS, 2 TCP, 4 TLS, 8 success over TLS, 16 unexpected DNS success.',
  ),
  result: z
    .string()
    .optional()
    .describe('Of sni_blocking, as OONI has it: `interference.reset`, …'),
  hop: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Of tlsmiddlebox: the first TTL at which the name in question fares otherwise than `control`.',
    ),
  answers: z.int().min(0).optional().describe('Of dnscheck: that one question got.'),
  exit: z.int().optional().describe("The tool's exit status."),
  says: z.string().optional().describe("What is in the tool's own words."),
  status: z.int().optional().describe('Of the HTTP response.'),
  addresses: z.array(z.string()).optional().describe('That a name resolves to, in any order.'),
  answered: z
    .int()
    .optional()
    .describe('Requests that were answered on the connection before the one that counts.'),
  beside: z.string().nullable().optional().describe('The failure of the handshake beside it.'),
  bootstrap: z
    .union([Percent, z.tuple([Percent, Percent])])
    .optional()
    .describe('How far a Tor client gets, in per cent: a number, or the least and the most.'),
  connected_after_ms: Milliseconds.optional().describe('Between SYN and SYN/ACK.'),
  failed_after_ms: Milliseconds.optional().describe('Between the request and the failure.'),
  origin: OriginSchema.optional().describe('What a web server saw of it.'),
  resets: ResetsSchema.optional().describe('RSTs that boxes sent, by whom they were sent to.'),
});

/** Probes that are all to see the same: every URL from every host, over each version of IP. */
export const ExpectationSchema = z.strictObject({
  claim: z.string().describe('What they show, in a sentence.'),
  negative_control: z
    .boolean()
    .optional()
    .describe('Whether it only looks like what is blocked, and gets through. One row at least.'),
  profiles: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Only under these; by default under the first.'),
  phases: z.array(z.string()).min(1).optional().describe('Only in these; by default in the first.'),
  from: z
    .union([HostName.transform((host) => [host]), z.array(HostName).min(1)])
    .default(['client'])
    .describe('One host, or several.'),
  probe: Probe,
  urls: z
    .array(z.url({ protocol: /^(https?|tcp|dns)$/ }))
    .min(1)
    .describe('`http:`, `https:`, `tcp://HOST:PORT`, or for dig `dns:NAME?type=AAAA`.'),
  ip: z
    .array(z.literal([4, 6]))
    .min(1)
    .default([4])
    .describe('Versions of IP.'),
  connect: HostName.optional().describe(
    "The lab host whose address is used, whatever the URL's name resolves to.",
  ),
  host: Line.optional().describe("The Host header as sent, where it is not the URL's."),
  split: z
    .literal('name')
    .optional()
    .describe(
      'The bytes that carry the name leave in two segments, cut in the middle of the name.',
    ),
  tls: z
    .enum(['1.0', '1.2', '1.3'])
    .optional()
    .describe('The only version of TLS that curl, openssl or Chromium offers.'),
  group: z
    .enum(['X25519', 'P-256'])
    .optional()
    .describe('The only group for which curl or openssl sends a key share.'),
  after: z
    .array(Line)
    .min(1)
    .optional()
    .describe("Hosts asked for on the same connection before the URL's."),
  control: Domain.optional().describe(
    'Of sni_blocking and tlsmiddlebox: a name that is allowed, whose server is asked for the one in question.',
  ),
  timeout_s: z
    .int()
    .min(1)
    .max(60)
    .optional()
    .describe('For how long the probe waits for each step.'),
  times: z
    .int()
    .min(2)
    .max(100)
    .optional()
    .describe('How often it is tried, all at once; with `see.failing`, where chance decides.'),
  beside: z
    .url()
    .optional()
    .describe(
      'A URL whose TLS handshake runs at the same time, its packets between those of the first.',
    ),
  bridge: z
    .enum(['none', 'plain', 'obfs4'])
    .optional()
    .describe('What a Tor client connects to first; by default the relays themselves.'),
  see: SeeSchema.describe('What must be seen.'),
});
