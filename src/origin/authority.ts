import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChokepointError } from '../base/errors.ts';

/**
 * The lab's certificate authority, kept in a directory of the lab's tmpfs and ended with it. Certificates are made by
 * `openssl`, which the lab needs anyway: it is done in 10 ms, where loading an X.509 library takes 300.
 */
export async function makeAuthority(directory: string): Promise<void> {
  await writeFile(join(directory, 'openssl.cnf'), CONFIGURATION);
  await Promise.all([
    openssl(directory, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-config', 'openssl.cnf', '-extensions', 'authority', '-days', '30'],
      ...['-subj', `/CN=${AUTHORITY_NAME}`, '-keyout', 'ca.key', '-out', 'ca.pem'],
    ]),
    openssl(directory, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'leaf.key']),
  ]);
}

export interface KeyAndCertificate {
  readonly key: string;
  /** The certificate, and the authority's where it is sent too. */
  readonly cert: string;
}

/** Certificates for any name, made when first asked for, signed by the authority in `directory`. */
export class CertificateMint {
  readonly #directory: string;
  readonly #made = new Map<string, Promise<KeyAndCertificate>>();
  #serial = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** For a host name; anything else is refused. */
  certificateFor(name: string): Promise<KeyAndCertificate> {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    if (!HOST_NAME.test(name)) return Promise.reject(noCertificate(name));
    const made = this.#mint(name);
    if (this.#made.size < MOST_NAMES) this.#made.set(name, made);
    made.catch(() => this.#made.delete(name)); // the next one who asks may have more luck
    return made;
  }

  /** For several names and all below them, with an RSA key of so many bits. It comes without the authority's. */
  async rsaCertificateFor(names: readonly string[], bits: number): Promise<KeyAndCertificate> {
    const out = `rsa-${process.pid}-${this.#serial++}`;
    refuseForeign(names);
    const altNames = names.flatMap((name) => [`DNS:${name}`, `DNS:*.${name}`]);
    await openssl(this.#directory, [
      ...['req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-keyout', `${out}.key`],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-config', 'openssl.cnf', '-extensions', 'rsa'],
      ...['-days', '30', '-subj', `/CN=${(names[0] ?? '').slice(0, 64)}`],
      ...['-addext', `subjectAltName=${altNames.join(',')}`, '-out', `${out}.pem`],
    ]);
    const [key, cert] = await Promise.all([this.#file(`${out}.key`), this.#file(`${out}.pem`)]);
    return { key, cert };
  }

  async #mint(name: string): Promise<KeyAndCertificate> {
    const out = `leaf-${process.pid}-${this.#serial++}.pem`;
    await openssl(this.#directory, [
      ...['req', '-x509', '-new', '-key', 'leaf.key', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-config', 'openssl.cnf', '-extensions', 'leaf', '-days', '30'],
      ...['-subj', `/CN=${name.slice(0, 64)}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-out', out],
    ]);
    return this.#read(out);
  }

  async #read(certificate: string): Promise<KeyAndCertificate> {
    const [key, leaf, authority] = await Promise.all(
      ['leaf.key', certificate, 'ca.pem'].map((file) => this.#file(file)),
    );
    return { key: key as string, cert: `${leaf}${authority}` };
  }

  #file(name: string): Promise<string> {
    return readFile(join(this.#directory, name), 'utf8');
  }
}

/** A name becomes part of a subject, of a list of names, and of a configuration, in all of which other text has a meaning. */
export function refuseForeign(names: readonly string[]): void {
  const foreign = names.find((name) => !HOST_NAME.test(name));
  if (foreign !== undefined) throw noCertificate(foreign);
}

function noCertificate(name: string): Error {
  return new ChokepointError('LAB_FAILED', `no certificate for ${JSON.stringify(name)}`, {
    hint: 'a certificate is made for a host name',
  });
}

/** By Node's own means, as this is on a lab's way to being ready and execa takes 100 ms to load. */
export async function openssl(directory: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', args, { cwd: directory, timeout: 10_000 });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') {
      throw new ChokepointError('MACHINE_CANNOT', '`openssl` is not installed', {
        hint: 'as root: apt-get install openssl',
      });
    }
    const lines = `openssl ${args[0]}: ${stderr || message}`.trim().split('\n');
    throw new ChokepointError('LAB_FAILED', lines, { cause: error });
  }
}

const AUTHORITY_NAME = 'Chokepoint lab authority';
/** OpenSSL's hash of that name: it finds the certificate in a directory under `<hash>.0` (`openssl x509 -hash`). */
export const AUTHORITY_NAME_HASH = 'a4f55e80';
const MOST_NAMES = 10_000;
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/i;
/** Extensions of an authority, of one that an authority signed, and of servers with an RSA key and with another. */
export const EXTENSIONS = {
  authority: `basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash`,
  issuer: `basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid`,
  rsa: `basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid`,
  leaf: `basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid`,
} as const;
export type Extensions = keyof typeof EXTENSIONS;
const SECTIONS = Object.entries(EXTENSIONS).map(([name, lines]) => `[${name}]\n${lines}\n`);
const CONFIGURATION = `[req]\ndistinguished_name = name\nprompt = no\n[name]\n${SECTIONS.join('')}`;
