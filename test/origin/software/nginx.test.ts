import { expect, test } from 'vitest';
import { nginx } from '../../../src/origin/software/nginx.ts';
import type { Site } from '../../../src/origin/software/software.ts';

const SITE: Site = { folder: '/f', httpPorts: [80], tlsPorts: [443, 8443], tls: {} };

test('every port is listened on, over both versions of IP', () => {
  for (const listen of ['80;', '[::]:80;', '443 ssl;', '[::]:443 ssl;', '8443 ssl;']) {
    expect(configurationOf({})).toContain(`listen ${listen}`);
  }
});

test.each([
  { tls: {}, has: 'ssl_protocols TLSv1.2 TLSv1.3;', hasNot: 'ssl_ciphers' },
  { tls: { version: '1.0' }, has: 'ssl_protocols TLSv1;', hasNot: 'TLSv1.2' },
  {
    tls: { cipher: 'DHE-RSA-AES256-SHA' },
    has: 'ssl_ciphers DHE-RSA-AES256-SHA:@SECLEVEL=0;',
    hasNot: 'ssl_session_cache',
  },
  { tls: { resumption: false }, has: 'ssl_session_cache off;', hasNot: 'ssl_ciphers' },
] as const)('$tls is $has', ({ tls, has, hasNot }) => {
  expect(configurationOf(tls)).toContain(has);
  expect(configurationOf(tls)).not.toContain(hasNot);
});

function configurationOf(tls: Site['tls']): string {
  return nginx.plan({ ...SITE, tls }).files['nginx.conf'] ?? '';
}
