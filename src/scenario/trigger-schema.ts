import * as z from 'zod';
import { counted } from '../base/counted.ts';
import { parseHex } from '../policy/match/keyword-set.ts';
import { patternSize } from '../policy/match/pattern.ts';
import { Address, Code, Hex, Keyword, Pattern } from './fields.ts';
import { readName } from './list-reading.ts';

/** What a line of a list file may be, and no more. */
const ListedName = z.string().transform((text, context) => {
  const read = readName(text);
  if ('name' in read) return read.name;
  context.addIssue({ code: 'custom', message: read.wrong, input: text });
  return z.NEVER;
});

/** Each is tried in turn, so it is their sum that a packet costs. */
const Patterns = z
  .array(Pattern)
  .min(1)
  .superRefine((patterns, context) => {
    const size = patterns.reduce((sum, text) => sum + patternSize(text), 0);
    if (size <= MOST_INSTRUCTIONS) return;
    const message = `expected expressions of at most ${MOST_INSTRUCTIONS} instructions together, about one for each character and each time it is repeated, not ${size}`;
    context.addIssue({ code: 'custom', message });
  });

const Names = z.strictObject({
  match: z
    .enum(['http.host', 'tls.sni', 'quic.sni', 'dns.qname'])
    .describe(
      'Where the name stands: in a Host field, in a ClientHello over TCP or QUIC, or in a DNS question.',
    ),
  domains: z
    .array(ListedName)
    .min(1)
    .optional()
    .describe('Names, for few; each is what a line of `list` may be.'),
  list: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file in UTF-8 beside the scenario or below it, one name a line, in letters of either case; names in other scripts stand for their A-labels. As exact or suffix, .example.org is that name and those below it, *.example.org only those below it. After # comes a comment.',
    ),
  patterns: Patterns.optional().describe(
    'Instead of names: regular expressions in the syntax of RE2; they see the first 4,096 bytes.',
  ),
  /** Instead of the profile's `host.match`. */
  as: z
    .enum(['exact', 'suffix', 'substring', 'regex'])
    .optional()
    .describe("How names are compared, instead of the profile's host.match."),
});

const Keywords = z.strictObject({
  match: z
    .enum(['http.url', 'payload'])
    .describe('Where keywords are looked for: in the target of a request, or in whatever is sent.'),
  keywords: z.array(Keyword).min(1).optional().describe('Text, in UTF-8.'),
  /** Compared as they are, whatever `case_sensitive` and `whole_token` say of keywords. */
  hex: z.array(Hex).min(1).optional().describe('Bytes, compared as they are.'),
  patterns: Patterns.optional().describe(
    'Regular expressions in the syntax of RE2; each sees the first 4,096 bytes of a target, a segment or a window.',
  ),
  whole_token: z.boolean().default(false).describe('A keyword does not count within a word.'),
  case_sensitive: z.boolean().default(false).describe('Letter case counts.'),
});

const Addresses = z.strictObject({
  match: z.literal('address'),
  addresses: z
    .array(Address)
    .min(1)
    .describe(
      'Addresses, networks or *, each with ports and a protocol if they count: 192.0.2.1, 192.0.2.0/24, 192.0.2.1:443, [2001:db8::1]:443/tcp, *:8000-8100. Of TCP and UDP: what is neither passes.',
    ),
  of: z.enum(['server', 'client', 'either']).default('server').describe('Whose address.'),
});

const Codes = z.array(Code).min(1);
const MD5 = '[0-9a-f]{32}';

const ClientHello = z.strictObject({
  match: z.literal('tls.client-hello'),
  ja3: fingerprints(
    `${MD5}|\\d+(,[\\d-]*){4}`,
    'a JA3: 32 digits in hexadecimal, or its text',
  ).describe('Any of these fingerprints.'),
  ja4: fingerprints(
    '[tq](1[0-3]|s[23]|d[1-3]|00)[di]\\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}',
    'a JA4 such as "t13d1516h2_8daaf6152771_e5627efa2ab1"',
  ).describe('Any of these fingerprints.'),
  ciphers: Codes.optional().describe('Exactly these cipher suites, in this order.'),
  sni: z.enum(['absent', 'present']).optional().describe('Whether there is a server name.'),
  ech: z.boolean().optional().describe('Whether there is an encrypted ClientHello (also GREASE).'),
  esni: z
    .boolean()
    .optional()
    .describe('Whether there is an encrypted server name, as drafts had it.'),
});

const ServerFlight = z.strictObject({
  match: z.literal('tls.server-flight'),
  version: Codes.optional().describe('The version that the server selected.'),
  cipher: Codes.optional().describe('The cipher suite that it selected.'),
  extensions: z.array(Code).optional().describe('Exactly these types, in this order.'),
  session_id_length: z
    .array(z.int().min(0).max(32))
    .min(1)
    .optional()
    .describe('Of the session id, in bytes.'),
  key_share_group: Codes.optional().describe('The group of its key share.'),
  subject: Pattern.optional().describe(
    'A regular expression for the common name of the certificate, which TLS 1.3 hides.',
  ),
  issuer: Pattern.optional().describe('The same for the common name of its issuer.'),
  ja3s: fingerprints(
    `${MD5}|\\d+(,[\\d-]*){2}`,
    'a JA3S: 32 digits in hexadecimal, or its text',
  ).describe('Any of these fingerprints.'),
});

const Protocols = z.array(z.enum(['tls', 'http', 'dns', 'ssh', 'quic', 'unknown'])).min(1);

const Protocol = z.strictObject({
  match: z.literal('protocol'),
  is: Protocols.optional().describe('What the first payload looks like.'),
  not: Protocols.optional().describe('Everything but these: an allow-list.'),
});

/** A flow's counts stop a little above. */
const Count = z.int().min(0).max(1_000_000_000);

const Volume = z.strictObject({
  match: z.literal('volume'),
  bytes_over: Count.optional().describe('Bytes of payload.'),
  packets_over: Count.optional().describe('Packets with payload.'),
  of: z.enum(['to-server', 'to-client', 'both']).default('both').describe('Which way they go.'),
});

const BytesAt = z
  .strictObject({
    at: z.int().min(0).max(65_535).describe('Place of the first byte in the payload, from 0.'),
    hex: Hex.describe('The bytes.'),
    mask: Hex.optional().describe('Which of their bits count, as long as hex; all, without it.'),
  })
  .superRefine(({ hex, mask }, context) => {
    const [bytes, bits] = [parseHex(hex), mask === undefined ? undefined : parseHex(mask)];
    if (bytes === undefined || bits === undefined || bytes.length === bits.length) return;
    const message = `expected a mask of ${counted(bytes.length, 'byte')}, as hex has; found ${bits.length}`;
    context.addIssue({ code: 'custom', path: ['mask'], message });
  });

const Length = z.int().min(1).max(65_535);

const Packet = z.strictObject({
  match: z
    .literal('packet')
    .describe(
      'A segment or datagram with payload, as it came, whatever the box puts together: `{ match: packet, transport: udp, min_length: 1001, bytes: [{ at: 1, hex: "00 00 00 01" }] }` is QUIC version 1 in a long datagram.',
    ),
  transport: z.enum(['tcp', 'udp']).optional().describe('Of which protocol; both, without it.'),
  min_length: Length.optional().describe('Bytes of payload at least.'),
  max_length: Length.optional().describe('Bytes of payload at most.'),
  bytes: z
    .array(BytesAt)
    .min(1)
    .max(16)
    .optional()
    .describe(
      'All of these stand where they say: each has `at` (from 0, in the payload), `hex` and, if only some bits count, `mask`.',
    ),
});

const SIMPLE = [
  Names,
  Keywords,
  Addresses,
  ClientHello,
  ServerFlight,
  Protocol,
  z.strictObject({
    match: z
      .literal('fully-encrypted')
      .describe(
        'A first payload that looks like random bytes, by the five rules of the GFW (Wu et al., USENIX Security 2023).',
      ),
  }),
  Volume,
  Packet,
] as const;

const Simple = z.discriminatedUnion('match', SIMPLE);

const Combination = z.strictObject({
  match: z
    .literal('all')
    .describe(
      'Several triggers at once: `{ match: all, of: [{ match: tls.sni, domains: [a.example] }, { match: tls.client-hello, ech: true }] }`. Parts about one message (a request, a ClientHello, a question, a server flight) must hold of the same message. A box may look for a name anywhere in the bytes (`http.parse` or `tls.parse` is `substring`). It knows no message that the name belongs to, so the whole packet counts: another message in it may hold the other parts. The other parts may also have held in an earlier packet or message of the flow. `address`, `packet` and `volume` are about the packet at hand. The rule is set off by the packet with which the last part becomes known.',
    ),
  of: z.array(Simple).min(1).max(8).describe('All of these hold.'),
  not: z
    .array(Simple)
    .min(1)
    .max(8)
    .optional()
    .describe(
      'None of these holds. Each is about a message that a part of `of` is about, and known not to hold once the message shows it or is whole; or it is an address, packet, volume or protocol.',
    ),
});

/** What sets a rule off. */
export const TriggerSchema = z.discriminatedUnion('match', [...SIMPLE, Combination]);

export type TriggerSpec = z.output<typeof TriggerSchema>;
/** A trigger that is no combination. */
export type SimpleTriggerSpec = z.output<typeof Simple>;
export type CombinationSpec = z.output<typeof Combination>;
export type PacketSpec = z.output<typeof Packet>;
export type NamesSpec = z.output<typeof Names>;
export type ServerFlightSpec = z.output<typeof ServerFlight>;
export type KeywordsSpec = z.output<typeof Keywords>;

/** A packet that is made for it then costs a tenth of a second at most. */
const MOST_INSTRUCTIONS = 2000;

function fingerprints(pattern: string, what: string) {
  const Fingerprint = z
    .string()
    .max(1024)
    .regex(new RegExp(`^(${pattern})$`), { error: `expected ${what}` });
  return z.array(Fingerprint).min(1).optional();
}
