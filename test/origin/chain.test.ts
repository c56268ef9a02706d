import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAuthority } from '../../src/origin/authority.ts';
import { type ChainSpec, makeChain } from '../../src/origin/chain.ts';

const folder = mkdtempSync(join(tmpdir(), 'chokepoint-chain-'));
const GOOD = { from: '2020-01-01T00:00:00Z', to: '2099-12-31T23:59:59Z' };
const ISSUER = { subject: { C: 'US', O: "Let's Encrypt", CN: 'R3' }, ...GOOD };
const ROOT = { O: 'Digital Signature Trust Co.', CN: 'DST Root CA X3' };

beforeAll(() => makeAuthority(folder));
afterAll(() => rmSync(folder, { recursive: true }));

test('a chain has the names, dates, keys and signatures that it is asked for, and the root is not sent', async () => {
  const dated = { from: '2021-03-14T15:18:58Z', to: '2021-06-12T15:18:58Z' };
  const name = 'it.domain.name';
  const spec: ChainSpec = { name, ...dated, key: 'RSA-2048', issuers: [ISSUER], root: ROOT };
  const { key, cert } = await makeChain(folder, 'documented', spec);
  const [leaf, issuer, ...others] = certificatesIn(cert) as [X509Certificate, X509Certificate];
  expect(others).toEqual([]);
  expect(leaf.subject).toBe(`CN=${name}`);
  expect(leaf.issuer).toBe("C=US\nO=Let's Encrypt\nCN=R3");
  expect(leaf.subjectAltName).toBe(`DNS:${name}`);
  expect([leaf.validFrom, leaf.validTo]).toEqual([
    'Mar 14 15:18:58 2021 GMT',
    'Jun 12 15:18:58 2021 GMT',
  ]);
  expect(issuer.issuer).toBe('O=Digital Signature Trust Co.\nCN=DST Root CA X3');
  expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  expect(leaf.verify(issuer.publicKey)).toBe(true);
  expect(issuer.ca).toBe(true);
  expect(key).toContain('PRIVATE KEY');
});

test('nobody trusts a root of its own, and everybody the lab’s authority behind issuers', async () => {
  const issuers = [ISSUER, { subject: { CN: 'Above' }, ...GOOD }];
  const spec = { name: 'a.example', ...GOOD, issuers };
  expect(await verified('trusted', spec)).toMatchObject({ exitCode: 0 });
  expect(await verified('strange', { ...spec, root: ROOT })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('unable to get local issuer certificate'),
  });
});

test('names keep what openssl would give a meaning to', async () => {
  const subject = { O: "A, B & Co. (x): it's?", CN: 'a-b.c' };
  const { cert } = await makeChain(folder, 'odd', {
    name: 'a.example',
    ...GOOD,
    issuers: [{ subject, ...GOOD }],
  });
  const [leaf] = certificatesIn(cert);
  expect(leaf?.issuer).toContain("it's?");
  expect(leaf?.issuer).toMatch(/CN=a-b\.c$/);
});

async function verified(title: string, spec: ChainSpec) {
  const { cert } = await makeChain(folder, title, spec);
  const [leaf, ...issuers] = certificatesIn(cert).map((one) => one.toString());
  const path = join(folder, `${title}-sent`);
  writeFileSync(`${path}-leaf.pem`, leaf ?? '');
  writeFileSync(`${path}-issuers.pem`, issuers.join(''));
  const files = ['-CAfile', join(folder, 'ca.pem'), '-untrusted', `${path}-issuers.pem`];
  return execa('openssl', ['verify', ...files, `${path}-leaf.pem`], { reject: false });
}

function certificatesIn(pem: string): X509Certificate[] {
  const all = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g) ?? [];
  return all.map((one) => new X509Certificate(one));
}
