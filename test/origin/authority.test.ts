import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUTHORITY_NAME_HASH, CertificateMint, makeAuthority } from '../../src/origin/authority.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-authority-'));
  await makeAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('openssl finds the authority in a directory by the hash that we say', async () => {
  const { stdout } = await execa('openssl', [
    'x509',
    '-in',
    join(folder, 'ca.pem'),
    '-noout',
    '-hash',
  ]);
  expect(stdout).toBe(AUTHORITY_NAME_HASH);
});

test('a certificate is verified strictly, for its name alone', async () => {
  const { cert } = await new CertificateMint(folder).certificateFor('www.meydan.tv');
  writeFileSync(join(folder, 'leaf.pem'), cert);
  const verify = async (name: string): Promise<number | undefined> => {
    const options = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', name];
    const files = ['-CAfile', join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
    return (await execa('openssl', ['verify', ...options, ...files], { reject: false })).exitCode;
  };
  expect(await verify('www.meydan.tv')).toBe(0);
  expect(await verify('meydan.tv')).not.toBe(0);
});

test.each(['', 'a b', 'a,IP:1.2.3.4', '../x', 'x'.repeat(64), `${'a.'.repeat(130)}b`])(
  'there is no certificate for "%s"',
  async (name) => {
    await expect(new CertificateMint(folder).certificateFor(name)).rejects.toThrow(
      'no certificate',
    );
  },
);
