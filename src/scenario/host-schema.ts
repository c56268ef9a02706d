import * as z from 'zod';
import { parseUrl } from '../base/url.ts';
import { Domain, Ipv4, Line, Port } from './fields.ts';

/** Characters of a PrintableString (X.680 §41.4) that `openssl` gives no meaning to, and `&`. */
const DistinguishedName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 '(),.:?&-]{0,63}$/, {
  error: 'expected 1 to 64 letters, digits, spaces and \'(),.:?&-, such as "Let\'s Encrypt"',
});
const SubjectSchema = z
  .strictObject({
    C: z
      .string()
      .regex(/^[A-Z]{2}$/, { error: 'expected two capital letters, such as "US"' })
      .optional()
      .describe('Its country.'),
    O: DistinguishedName.optional().describe('Its organisation.'),
    CN: DistinguishedName.optional().describe('Its common name.'),
  })
  .refine(({ C, O, CN }) => [C, O, CN].some((field) => field !== undefined), {
    error: 'expected `C`, `O` or `CN`',
  });

const dates = {
  from: z.iso.datetime().describe('When it begins to be good.'),
  to: z.iso.datetime().describe('When it ends.'),
};

const CertificateSchema = z.strictObject({
  name: Domain,
  ...dates,
  key: z
    .enum(['P-256', 'RSA-2048'])
    .optional()
    .describe('Of all keys of its chain; by default P-256. Signatures are made with SHA-256.'),
  issuers: z
    .array(z.strictObject({ subject: SubjectSchema, ...dates }))
    .min(1)
    .max(4)
    .optional()
    .describe('Who signed it, who signed that one, and so on. The server sends them all.'),
  root: SubjectSchema.optional().describe(
    "Who signed the last of `issuers`. Nobody in the lab trusts it, and the server does not send it. By default the lab's authority signs, which all trust.",
  ),
});

/** A web server outside the country, beside `server`. */
export const OutsideHostSchema = z.strictObject({
  address: Ipv4.optional().describe(
    "Its IPv4 address, within the lab alone; by default one of the lab's.",
  ),
  names: z
    .array(Domain)
    .min(1)
    .optional()
    .describe('Domains that resolve to it, with all below them.'),
  http_ports: z.array(Port).optional().describe('By default those of `origin`.'),
  tls_ports: z.array(Port).optional().describe('By default those of `origin`.'),
  certificate: CertificateSchema.optional().describe(
    "The only one it has; by default one for each name, from the lab's authority.",
  ),
  redirect: Line.refine(isWebUrl, {
    error: 'expected a URL of http or https in ASCII, such as "https://example.org/"',
  })
    .optional()
    .describe('Where it sends every request for a page, but for one of that URL itself.'),
  software: z
    .enum(['nginx', 'openssl', 'gnutls'])
    .optional()
    .describe(
      "Who made its server: nginx, OpenSSL's s_server or GnuTLS's gnutls-serv, of which the latter two speak TLS alone. It keeps no log. By default the lab's own, which does.",
    ),
  tls: z
    .strictObject({
      version: z.enum(['1.0', '1.2', '1.3']).optional().describe('The only one it speaks.'),
      cipher: z
        .string()
        .regex(/^[A-Z0-9-]+$/, {
          error: 'expected a cipher suite as OpenSSL calls it, such as "DHE-RSA-AES256-SHA"',
        })
        .optional()
        .describe('The only cipher suite it takes up to TLS 1.2, as OpenSSL calls it.'),
      bits: z
        .literal([1024, 2048])
        .optional()
        .describe('Of its RSA key and its Diffie-Hellman group; by default 2048.'),
      resumption: z
        .boolean()
        .optional()
        .describe('false: no session is resumed, and up to TLS 1.2 its session id is empty.'),
    })
    .optional()
    .describe('Of nginx alone: what is left to its own choice otherwise.'),
});

export type OutsideHost = z.output<typeof OutsideHostSchema>;

/** It is sent as it stands, in a header (RFC 9110 §10.2.2), where URLs are in ASCII. */
function isWebUrl(text: string): boolean {
  return /^https?:\/\/[!-~]+$/i.test(text) && parseUrl(text) !== undefined;
}
