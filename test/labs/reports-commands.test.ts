import { type Lab, loadScenario, openLab } from 'chokepoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/*
 * A command prints in the lab what the report prints, line by line, but for times, keys and digests of handshakes. Where a report
 * describes only the outcome, these tests expect the lines that the program prints for that outcome.
 */

describe('Qurium’s report of 2017, from outside the country, against a server in it', () => {
  const lab = labFor('az-2017');
  const to = 'openssl s_client -connect 198.18.2.2:443';

  test('`openssl s_client -connect` is a standard TLS connection', async () => {
    expect(handshakeIn(await typed(lab(), 'control', to))).toEqual(
      handshakeOf('inside', [NO_NAME]),
    );
  });

  test('with a blocked site as `-servername` a RST comes instead of an answer, each way', async () => {
    const mark = await lab().mark('inside');
    const said = await typed(lab(), 'control', `${to} -servername meydan.tv`);
    expect(said.split('\n').filter((line) => !/^SSL handshake/.test(line))).toEqual(RESET);
    expect(said).toContain('SSL handshake has read 0 bytes and written ');
    const [decision, ...others] = await lab().events(mark);
    expect(others).toEqual([]);
    expect(decision).toMatchObject({ rule: 'blocked site, TLS', why: 'tls.sni=meydan.tv' });
    expect(decision).toMatchObject({ injected: [{ to: 'client' }, { to: 'server' }] });
  });

  test('with another name none is injected', async () => {
    const mark = await lab().mark('inside');
    const said = await typed(lab(), 'control', `${to} -servername example.org`);
    expect(handshakeIn(said)).toEqual(handshakeOf('example.org', []));
    expect(await lab().events(mark)).toEqual([]);
  });
});

describe('OONI’s report of 2022, on MTS', () => {
  const lab = labFor('am-2022-mts');
  const asked = ['client', 'control'].flatMap((from) =>
    ['ns.mts.am', '217.76.1.85'].map((server) => ({ from, server })),
  );

  test.each(asked)('`dig @$server tiktok.com axfr` from $from is the transfer', async (one) => {
    const said = await typed(lab(), one.from, `dig @${one.server} tiktok.com axfr`);
    expect(linesOfDig(said)).toEqual(TRANSFER.replace('@ns.mts.am', `@${one.server}`).split('\n'));
  });

  test.each(asked)('from $from, $server transfers no other zone', async ({ from, server }) => {
    for (const name of ['www.tiktok.com', 'tiktokv.com', 'example.org', 'mts.am']) {
      const said = await typed(lab(), from, `dig @${server} ${name} axfr`);
      expect(linesOfDig(said).at(-1)).toBe('; Transfer failed.');
    }
  });

  test('`nslookup` names the resolver, and the address that is associated with www.google.com', async () => {
    expect(await typed(lab(), 'client', 'nslookup tiktok.com')).toBe(
      'Server:\t\t217.76.1.85\nAddress:\t217.76.1.85#53\n\nName:\ttiktok.com\nAddress: 172.217.17.228\n\n',
    );
  });
});

describe('OONI’s report of 2022, on Ucom', () => {
  const lab = labFor('am-2022-ucom', '2022-09-17T12:00:00Z');
  const froms = ['client-ucom', 'control'];

  test.each(froms)('`openssl s_client -connect 95.216.36.80:443` from %s', async (from) => {
    const said = await typed(lab(), from, 'openssl s_client -connect 95.216.36.80:443');
    expect(said.slice(0, PARKED.length)).toBe(PARKED);
  });

  test.each(froms)(
    'who accesses it from %s is directed to the URL, and finds a page there',
    async (from) => {
      for (const url of ['http://95.216.36.80/', '-k https://95.216.36.80/']) {
        const format = '%{num_redirects} %{url_effective} %{http_code}';
        const said = await typed(lab(), from, `curl -sL -o /dev/null -w '${format}' ${url}`);
        expect(said).toBe(`1 ${ELSEWHERE} 200`);
      }
    },
  );
});

/** A lab for the tests of one report. */
function labFor(id: string, at?: string): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = await openLab({ scenario: loadScenario(id), ...(at === undefined ? {} : { at }) });
  });
  afterAll(async () => lab?.close());
  return () => lab as Lab;
}

/** Runs a command whose input has ended. Returns the lines of both its outputs in the order in which a terminal shows them. */
async function typed(lab: Lab, host: string, command: string): Promise<string> {
  const child = lab.spawn(host, ['sh', '-c', `stdbuf -oL ${command} </dev/null 2>&1`]);
  let said = '';
  for await (const chunk of child.stdout ?? []) said += String(chunk);
  return said;
}

/** A handshake that succeeded, without what differs each time; sessions may come behind it. */
function handshakeIn(said: string): string[] {
  const [shown = ''] = said.split(/(?<=^Verify return code.*\n)/m);
  return shown
    .replace(/^-----BEGIN CERTIFICATE-----\n[\s\S]*?-----END CERTIFICATE-----\n/gm, '')
    .split('\n')
    .filter((line) => !/^(SSL handshake has| {3}v:NotBefore)/.test(line));
}

/** The lines for a server whose certificate the lab's authority made, as a client of today prints them. */
function handshakeOf(name: string, first: readonly string[]): string[] {
  const key = '   a:PKEY: id-ecPublicKey, 256 (bit); sigalg: ecdsa-with-SHA256';
  return [
    ...['CONNECTED(00000003)', ...first, `depth=1 CN = ${AUTHORITY}`, 'verify return:1'],
    ...[`depth=0 CN = ${name}`, 'verify return:1', '---', 'Certificate chain'],
    ...[` 0 s:CN = ${name}`, `   i:CN = ${AUTHORITY}`, key],
    ...[` 1 s:CN = ${AUTHORITY}`, `   i:CN = ${AUTHORITY}`, key],
    ...['---', 'Server certificate', `subject=CN = ${name}`, `issuer=CN = ${AUTHORITY}`, '---'],
    ...['No client certificate CA names sent', 'Peer signing digest: SHA256'],
    ...['Peer signature type: ECDSA', 'Server Temp Key: X25519, 253 bits', '---'],
    ...['Verification: OK', '---', 'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'],
    ...['Server public key is 256 bit', ...NO_SESSION, ''],
  ];
}

/**
 * As DiG 9.16 printed it in 2022: dig's own version and times are left out. Since 9.18, the server's line has the name as it was
 * given, and the transport. The report shows a tab as eight spaces.
 */
function linesOfDig(said: string): string[] {
  return said
    .trim()
    .split('\n')
    .filter((line) => !/^;; (Query time|WHEN):/.test(line))
    .map((line) => line.replace(/DiG [^ ]+/, 'DiG 9.16.22-Debian').replaceAll('\t', '        '))
    .map((line) => line.replace(/^(;; SERVER: (.*)#53)\(.*\) \(TCP\)$/, '$1($2)'));
}

const AUTHORITY = 'Chokepoint lab authority';
const NO_NAME = "Can't use SSL_get_servername";
const NO_SESSION = [
  ...['Secure Renegotiation IS NOT supported', 'Compression: NONE', 'Expansion: NONE'],
  ...['No ALPN negotiated', 'Early data was not sent', 'Verify return code: 0 (ok)'],
];
const RESET = [
  ...['CONNECTED(00000003)', 'write:errno=104', '---', 'no peer certificate available', '---'],
  ...['No client certificate CA names sent', '---', 'Verification: OK', '---'],
  ...['New, (NONE), Cipher is (NONE)', ...NO_SESSION, '---', ''],
];
const TRANSFER = `; <<>> DiG 9.16.22-Debian <<>> @ns.mts.am tiktok.com axfr
; (1 server found)
;; global options: +cmd
tiktok.com.                1800        IN        SOA        ns2.mts.am. ns.mts.am. 2020101600 3600 600 1296000 3600
tiktok.com.                1800        IN        NS        ns2.mts.am.
tiktok.com.                1800        IN        NS        ns.mts.am.
tiktok.com.                1800        IN        A        172.217.17.228
tiktok.com.                1800        IN        SOA        ns2.mts.am. ns.mts.am. 2020101600 3600 600 1296000 3600
;; SERVER: 217.76.1.85#53(217.76.1.85)
;; XFR size: 5 records (messages 1, bytes 196)`;
const PARKED = `CONNECTED(00000003)
Can't use SSL_get_servername
depth=1 C = US, O = Let's Encrypt, CN = R3
verify error:num=20:unable to get local issuer certificate
verify return:1
depth=0 CN = it.domain.name
verify error:num=10:certificate has expired
notAfter=Jun 12 15:18:58 2021 GMT
verify return:1
depth=0 CN = it.domain.name
notAfter=Jun 12 15:18:58 2021 GMT
verify return:1
---
Certificate chain
 0 s:CN = it.domain.name
   i:C = US, O = Let's Encrypt, CN = R3
   a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256
   v:NotBefore: Mar 14 15:18:58 2021 GMT; NotAfter: Jun 12 15:18:58 2021 GMT
 1 s:C = US, O = Let's Encrypt, CN = R3
   i:O = Digital Signature Trust Co., CN = DST Root CA X3
   a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256
   v:NotBefore: Oct  7 19:21:40 2020 GMT; NotAfter: Sep 29 19:21:40 2021 GMT
---
`;
const ELSEWHERE =
  'http://it-nxd-domain.com/?terms=Google%20Server%20Cloud,Free%20Host%20Server,%20Create%20an%20Ecommerce%20Website%20for%20Free,Email%20Server%20Hosting%20Services&subid1=parrz.com';
