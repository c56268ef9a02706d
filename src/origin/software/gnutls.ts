import { CERTIFICATE, KEY, type Software } from './software.ts';

/** `gnutls-serv`, a process for each port: TLS by another library than OpenSSL. */
export const gnutls: Software = {
  tool: 'gnutls-serv',
  debian: 'gnutls-bin',
  plan: ({ folder, tlsPorts }) => ({
    files: {},
    commands: tlsPorts.map((port) => [
      ...['gnutls-serv', '--http', '--quiet', '--port', String(port)],
      ...['--x509certfile', `${folder}/${CERTIFICATE}`, '--x509keyfile', `${folder}/${KEY}`],
    ]),
  }),
};
