import { CERTIFICATE, KEY, type Software } from './software.ts';

/** `openssl s_server`, a process for each port. It answers one client after the other. */
export const openssl: Software = {
  tool: 'openssl',
  debian: 'openssl',
  plan: ({ folder, tlsPorts }) => ({
    files: {},
    commands: tlsPorts.map((port) => [
      ...['openssl', 's_server', '-accept', String(port), '-www', '-quiet'],
      ...['-cert', `${folder}/${CERTIFICATE}`, '-key', `${folder}/${KEY}`],
    ]),
  }),
};
