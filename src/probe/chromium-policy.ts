/** Where Chromium reads an administrator's settings; a lab has its own there, on machines that have such a folder. */
export const CHROMIUM_SETTINGS = '/etc/chromium';

/** Within that folder. */
export const CHROMIUM_POLICY = 'policies/managed/chokepoint.json';

/**
 * Makes Chromium trust one authority more, and verify as ever what it signs (policy CACertificates). Chromium does not read
 * the machine's certificates, and its switch --ignore-certificate-errors-spki-list overlooks names and dates too.
 */
export function chromiumPolicy(authority: string): string {
  const der = authority.replace(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
  return `${JSON.stringify({ CACertificates: [der] })}\n`;
}
