import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certified {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly der: Uint8Array;
}

export interface Wish {
  /** As `openssl req -subj` takes it; a `+` joins attributes to one set. */
  readonly subject: string;
  /** As `openssl req -newkey` takes it, with options. */
  readonly key?: readonly string[];
  readonly days?: number;
  /** OpenSSL's `string_mask`: which kinds of string it may use. */
  readonly stringMask?: string;
  /** Otherwise the certificate signs itself. */
  readonly issuer?: Certified;
}

/** A certificate made by openssl; version 1 if it has an issuer, for openssl adds no extensions there. */
export function certify(wish: Wish): Certified {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-certificate-'));
  try {
    return certifyIn(folder, wish);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function certifyIn(folder: string, wish: Wish): Certified {
  const { subject, issuer, days = 30, stringMask = 'utf8only', key = EC_KEY } = wish;
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  writeFileSync(path('config'), `[req]\ndistinguished_name=dn\nstring_mask=${stringMask}\n[dn]\n`);
  const request = ['req', '-config', 'config', '-utf8', '-multivalue-rdn', '-subj', subject];
  request.push('-newkey', ...key, '-nodes', '-keyout', 'key');
  if (issuer === undefined) {
    openssl(...request, '-x509', '-days', String(days), '-out', 'cert');
  } else {
    writeFileSync(path('ca'), issuer.cert + issuer.key);
    openssl(...request, '-out', 'request');
    const sign = ['x509', '-req', '-in', 'request', '-CA', 'ca', '-CAkey', 'ca'];
    openssl(...sign, '-set_serial', '1', '-days', String(days), '-out', 'cert');
  }
  const der = Uint8Array.from(openssl('x509', '-in', 'cert', '-outform', 'DER'));
  return { key: readFileSync(path('key'), 'utf8'), cert: readFileSync(path('cert'), 'utf8'), der };
}

const EC_KEY = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
