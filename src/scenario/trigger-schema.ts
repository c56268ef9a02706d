import { z } from 'zod';
import { Address, Code, Domain, Hex, Keyword, Pattern } from './fields.ts';

/** Each is tried in turn. */
const Patterns = z.array(Pattern).min(1).max(1000);

const Names = z.strictObject({
  match: z.enum(['http.host', 'tls.sni', 'quic.sni', 'dns.qname']),
  domains: z.array(Domain).min(1).optional(),
  /** A file beside the scenario or below it, one name a line. */
  list: z.string().min(1).optional(),
  patterns: Patterns.optional(),
  /** Instead of the profile's `host.match`. */
  as: z.enum(['exact', 'suffix', 'substring', 'regex']).optional(),
});

const Keywords = z.strictObject({
  match: z.enum(['http.url', 'payload']),
  keywords: z.array(Keyword).min(1).optional(),
  /** Compared as they are, whatever `case_sensitive` and `whole_token` say of keywords. */
  hex: z.array(Hex).min(1).optional(),
  patterns: Patterns.optional(),
  whole_token: z.boolean().default(false),
  case_sensitive: z.boolean().default(false),
});

const Addresses = z.strictObject({
  match: z.literal('address'),
  addresses: z.array(Address).min(1),
  of: z.enum(['server', 'client', 'either']).default('server'),
});

const Codes = z.array(Code).min(1);
const MD5 = '[0-9a-f]{32}';

const ClientHello = z.strictObject({
  match: z.literal('tls.client-hello'),
  ja3: fingerprints(`${MD5}|\\d+(,[\\d-]*){4}`, 'a JA3: 32 digits in hexadecimal, or its text'),
  ja4: fingerprints(
    '[tq](1[0-3]|s[23]|d[1-3]|00)[di]\\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}',
    'a JA4 such as "t13d1516h2_8daaf6152771_e5627efa2ab1"',
  ),
  ciphers: Codes.optional(),
  sni: z.enum(['absent', 'present']).optional(),
  ech: z.boolean().optional(),
  esni: z.boolean().optional(),
});

const ServerFlight = z.strictObject({
  match: z.literal('tls.server-flight'),
  version: Codes.optional(),
  cipher: Codes.optional(),
  extensions: z.array(Code).optional(),
  session_id_length: z.array(z.int().min(0).max(32)).min(1).optional(),
  key_share_group: Codes.optional(),
  subject: Pattern.optional(),
  issuer: Pattern.optional(),
  ja3s: fingerprints(`${MD5}|\\d+(,[\\d-]*){2}`, 'a JA3S: 32 digits in hexadecimal, or its text'),
});

const Protocols = z.array(z.enum(['tls', 'http', 'dns', 'ssh', 'quic', 'unknown'])).min(1);

const Protocol = z.strictObject({
  match: z.literal('protocol'),
  is: Protocols.optional(),
  not: Protocols.optional(),
});

/** A flow's counts stop a little above. */
const Count = z.int().min(0).max(1_000_000_000);

const Volume = z.strictObject({
  match: z.literal('volume'),
  bytes_over: Count.optional(),
  packets_over: Count.optional(),
  of: z.enum(['to-server', 'to-client', 'both']).default('both'),
});

/** What sets a rule off. */
export const TriggerSchema = z.discriminatedUnion('match', [
  Names,
  Keywords,
  Addresses,
  ClientHello,
  ServerFlight,
  Protocol,
  z.strictObject({ match: z.literal('fully-encrypted') }),
  Volume,
]);

export type TriggerSpec = z.output<typeof TriggerSchema>;
export type NamesSpec = z.output<typeof Names>;
export type ServerFlightSpec = z.output<typeof ServerFlight>;
export type KeywordsSpec = z.output<typeof Keywords>;

function fingerprints(pattern: string, what: string) {
  const Fingerprint = z
    .string()
    .max(1024)
    .regex(new RegExp(`^(${pattern})$`), { error: `expected ${what}` });
  return z.array(Fingerprint).min(1).optional();
}
