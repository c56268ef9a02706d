import { loadScenario, openLab } from 'chokepoint';
import { expect, test } from 'vitest';

/* What reports print of a command is what the command prints in the lab. Left out are times, keys and digests of handshakes. */

test('`openssl s_client -connect 95.216.36.80:443` shows the chain as OONI’s report of 2022 does', async () => {
  const lab = await openLab({ scenario: loadScenario('am-2022-ucom'), at: '2022-09-17T12:00:00Z' });
  try {
    const command = 'openssl s_client -connect 95.216.36.80:443 </dev/null 2>&1';
    const child = lab.spawn('client-ucom', ['sh', '-c', command]);
    let said = '';
    for await (const chunk of child.stdout ?? []) said += String(chunk);
    const [, chain = ''] = said.split(/^---\n/m);
    expect(chain).toBe(CHAIN);
    // The client's own words come over stderr, whenever it has them.
    for (const line of VERIFIED) expect(said).toContain(`${line}\n`);
  } finally {
    await lab.close();
  }
});

const VERIFIED = [
  'CONNECTED(00000003)',
  "Can't use SSL_get_servername",
  "depth=1 C = US, O = Let's Encrypt, CN = R3\nverify error:num=20:unable to get local issuer certificate\nverify return:1",
  'depth=0 CN = it.domain.name\nverify error:num=10:certificate has expired\nnotAfter=Jun 12 15:18:58 2021 GMT\nverify return:1',
  'depth=0 CN = it.domain.name\nnotAfter=Jun 12 15:18:58 2021 GMT\nverify return:1',
];
const CHAIN = `Certificate chain
 0 s:CN = it.domain.name
   i:C = US, O = Let's Encrypt, CN = R3
   a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256
   v:NotBefore: Mar 14 15:18:58 2021 GMT; NotAfter: Jun 12 15:18:58 2021 GMT
 1 s:C = US, O = Let's Encrypt, CN = R3
   i:O = Digital Signature Trust Co., CN = DST Root CA X3
   a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256
   v:NotBefore: Oct  7 19:21:40 2020 GMT; NotAfter: Sep 29 19:21:40 2021 GMT
`;
