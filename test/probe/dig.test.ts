import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { readDig } from '../../src/probe/dig.ts';
import { digFailureOf } from '../../src/probe/failure.ts';
import { probe } from '../../src/probe/probe.ts';

/* What dig 9.18 prints. */

test.each([
  {
    what: 'an address',
    output: [
      ...answered('NOERROR'),
      ';; ANSWER SECTION:',
      'tiktok.com.\t\t60\tIN\tA\t95.216.36.80',
      '',
    ],
    want: { failure: null, says: 'NOERROR 95.216.36.80', addresses: ['95.216.36.80'] },
  },
  {
    what: 'no such name',
    output: answered('NXDOMAIN'),
    want: { failure: 'dns_nxdomain_error', says: 'NXDOMAIN', addresses: [] },
  },
  {
    what: 'no such record',
    output: answered('NOERROR'),
    want: { failure: 'dns_no_answer', says: 'NOERROR', addresses: [] },
  },
  {
    what: 'a refusal',
    output: answered('REFUSED'),
    want: { failure: 'dns_refused_error', says: 'REFUSED', addresses: [] },
  },
  {
    what: 'a failure',
    output: answered('SERVFAIL'),
    want: { failure: 'dns_servfail_error', says: 'SERVFAIL', addresses: [] },
  },
  {
    what: 'anything else',
    output: answered('NOTIMP'),
    want: { failure: 'dns_server_misbehaving', says: 'NOTIMP', addresses: [] },
  },
  {
    what: 'a transfer',
    output: [
      ...asked(),
      'a.tv.\t1800\tIN\tSOA\tb.tv. c.tv. 1 1 1 1 1',
      'a.tv.\t1800\tIN\tA\t192.0.2.1',
      'a.tv.\t1800\tIN\tSOA\tb.tv. c.tv. 1 1 1 1 1',
      ';; Query time: 4 msec',
      ';; XFR size: 3 records (messages 1, bytes 120)',
    ],
    want: {
      failure: null,
      says: 'XFR size: 3 records (messages 1, bytes 120)',
      addresses: ['192.0.2.1'],
    },
  },
  {
    what: 'a transfer that failed',
    output: [...asked(), '; Transfer failed.'],
    want: { failure: 'dns_refused_error', says: 'Transfer failed.', addresses: [] },
  },
  {
    what: 'silence',
    output: [
      ';; communications error to 192.0.2.1#53: timed out',
      ...asked(),
      ';; no servers could be reached',
    ],
    want: {
      failure: 'generic_timeout_error',
      says: 'communications error to 192.0.2.1#53: timed out',
      addresses: [],
    },
  },
  {
    what: 'nobody there',
    output: [
      ';; communications error to 192.0.2.1#53: connection refused',
      ';; communications error to 192.0.2.1#53: timed out',
    ],
    want: {
      failure: 'connection_refused',
      says: 'communications error to 192.0.2.1#53: connection refused',
      addresses: [],
    },
  },
  {
    what: 'a complaint that has no name',
    output: [';; Warning, something is odd', ...asked(), ';; and so on'],
    want: {
      failure: 'unknown_failure: dig: Warning, something is odd',
      says: 'Warning, something is odd',
      addresses: [],
    },
  },
])('$what', ({ output, want }) => {
  const text = output.join('\n');
  const { says, addresses, ...read } = readDig(text);
  expect({ failure: digFailureOf({ ...read, says }, text), says, addresses }).toEqual(want);
});

test.each([
  ['dig', 'dns:a.tv', 'bind9-dnsutils'],
  ['curl', 'http://a.tv/', 'curl'],
  ['openssl', 'https://a.tv/', 'openssl'],
] as const)(
  'a probe %s is skipped where nobody may run its program, and says what to install',
  async (kind, url, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'chokepoint-path-'));
    for (const path of ['/nonexistent', folder]) {
      if (path === folder) writeFileSync(join(folder, kind), '#!/bin/sh\n', { mode: 0o644 });
      vi.stubEnv('PATH', path);
      const { failure, skipped } = await probe({ probe: kind, url, ip: 4 });
      vi.unstubAllEnvs();
      expect([failure, skipped]).toEqual([
        null,
        `${kind} is not installed (apt-get install ${name})`,
      ]);
    }
    rmSync(folder, { recursive: true });
  },
);

function asked(): string[] {
  return [
    '',
    '; <<>> DiG 9.18.49 <<>> -r -4 @192.0.2.1 -t A -q a.tv',
    '; (1 server found)',
    ';; global options: +cmd',
  ];
}

function answered(status: string): string[] {
  return [
    ...asked(),
    ';; Got answer:',
    `;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 19029`,
    ';; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1',
    '',
    ';; QUESTION SECTION:',
    ';a.tv.\t\t\tIN\tA',
    '',
  ];
}
