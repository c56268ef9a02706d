import type { OutsideHost } from './host-schema.ts';

/** Whether a host's server has no HTTP without TLS. */
export function speaksTlsAlone({ software }: Pick<OutsideHost, 'software'>): boolean {
  return software === 'openssl' || software === 'gnutls';
}
