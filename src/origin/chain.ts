import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  EXTENSIONS,
  type Extensions,
  type KeyAndCertificate,
  openssl,
  refuseForeign,
} from './authority.ts';

/** A certificate with dates of its own, and those who signed it. Moments are ISO 8601. */
export interface ChainSpec extends Dated {
  /** Its name, and the only one that it is for. */
  readonly name: string;
  /** Of all keys in the chain; by default P-256. */
  readonly key?: 'P-256' | 'RSA-2048' | undefined;
  /** Who signed it, who signed that one, and so on; each is sent. By default the lab's authority signed it. */
  readonly issuers?: readonly (Dated & { readonly subject: Subject })[] | undefined;
  /** Who signed the last of those: nobody trusts it, and it is not sent. By default the lab's authority, which is trusted. */
  readonly root?: Subject | undefined;
}

interface Dated {
  readonly from: string;
  readonly to: string;
}

/** A distinguished name: country, organisation, common name (RFC 5280 §4.1.2.4). */
interface Subject {
  readonly C?: string | undefined;
  readonly O?: string | undefined;
  readonly CN?: string | undefined;
}

/** Makes a chain of certificates in the authority's directory; `title` is of this chain alone, and begins its files. */
export async function makeChain(
  directory: string,
  title: string,
  spec: ChainSpec,
): Promise<KeyAndCertificate> {
  const { name, issuers = [], root, key = 'P-256' } = spec;
  refuseForeign([name]);
  const links: Link[] = [
    { ...spec, subject: { CN: name }, file: title, extensions: key === 'P-256' ? 'leaf' : 'rsa' },
    ...issuers.map((issuer, i): Link => {
      return { ...issuer, file: `${title}-issuer-${i}`, extensions: 'issuer' };
    }),
  ];
  const own = root && { subject: root, file: `${title}-root` };
  // Keys of RSA take long to find: all at once.
  const asked = [...links, ...(own === undefined ? [] : [own])];
  await Promise.all(asked.map((one) => makeRequest(directory, one, key)));
  if (own !== undefined) await signItself(directory, own.file);
  const signers = [...links.slice(1).map(({ file }) => file), own?.file ?? 'ca'];
  for (const [i, link] of [...links.entries()].reverse()) {
    await sign(directory, link, signers[i] as string, link === links[0] ? name : undefined);
  }
  const sent = links.map(({ file }) => file);
  if (issuers.length === 0 && own === undefined) sent.push('ca');
  const [leafKey, ...certificates] = await Promise.all(
    [`${title}.key`, ...sent.map((file) => `${file}.pem`)].map((file) =>
      readFile(join(directory, file), 'utf8'),
    ),
  );
  return { key: leafKey as string, cert: certificates.join('') };
}

interface Link extends Dated {
  readonly subject: Subject;
  readonly file: string;
  /** A section of the configuration. */
  readonly extensions: Extensions;
}

async function makeRequest(
  directory: string,
  { file, subject }: Pick<Link, 'file' | 'subject'>,
  key: 'P-256' | 'RSA-2048',
): Promise<void> {
  const kind =
    key === 'P-256' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : [`rsa:${key.slice(4)}`];
  await openssl(directory, [
    ...['req', '-new', '-newkey', ...kind, '-nodes', '-config', 'openssl.cnf', '-utf8'],
    ...['-subj', subjectArgument(subject), '-keyout', `${file}.key`, '-out', `${file}.csr`],
  ]);
}

async function signItself(directory: string, file: string): Promise<void> {
  await openssl(directory, [
    ...['x509', '-req', '-in', `${file}.csr`, '-signkey', `${file}.key`, '-days', '30'],
    ...['-sha256', '-extfile', 'openssl.cnf', '-extensions', 'authority', '-out', `${file}.pem`],
  ]);
}

/** By `openssl ca`, which alone sets both dates; it keeps a database, here one for each certificate. */
async function sign(
  directory: string,
  { file, from, to, extensions }: Link,
  signer: string,
  altName: string | undefined,
): Promise<void> {
  await Promise.all(
    ['db', 'db.attr'].map((end) => writeFile(join(directory, `${file}.${end}`), '')),
  );
  await writeFile(join(directory, `${file}.cnf`), signingConfiguration(file, extensions, altName));
  await openssl(directory, [
    ...['ca', '-batch', '-notext', '-utf8', '-config', `${file}.cnf`, '-md', 'sha256'],
    ...['-cert', `${signer}.pem`, '-keyfile', `${signer}.key`, '-preserveDN'],
    ...['-startdate', opensslTime(from), '-enddate', opensslTime(to)],
    ...['-in', `${file}.csr`, '-out', `${file}.pem`, '-outdir', '.'],
  ]);
}

/** 20210314151858Z */
function opensslTime(time: string): string {
  return new Date(time).toISOString().replace(/\.\d+|[-:T]/g, '');
}

/** As `-subj` takes it: `/` begins a field. */
function subjectArgument(subject: Subject): string {
  const fields = Object.entries(subject).filter(([, value]) => value !== undefined);
  return fields
    .map(([field, value]) => `/${field}=${value.replaceAll(/[\\/+=]/g, '\\$&')}`)
    .join('');
}

function signingConfiguration(
  file: string,
  extensions: Extensions,
  altName: string | undefined,
): string {
  return `[ca]
default_ca = dated
[dated]
database = ${file}.db
rand_serial = yes
policy = any
x509_extensions = own
[any]
countryName = optional
organizationName = optional
commonName = optional
[own]
${EXTENSIONS[extensions]}
${altName === undefined ? '' : `subjectAltName = DNS:${altName}`}
`;
}
