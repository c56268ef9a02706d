import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHROMIUM_POLICY, CHROMIUM_SETTINGS } from './chromium-policy.ts';
import type { FailedAt, Observation, ProbeRequest } from './observation.ts';

/** A page in the real Chromium, driven by playwright-core. Its errors keep Chromium's names. */
export async function probeChromium(request: ProbeRequest): Promise<Observation> {
  const missing = missingOfChromium(join(CHROMIUM_SETTINGS, CHROMIUM_POLICY));
  if (missing !== undefined) return skipped(missing);
  const playwright = await import('playwright-core').catch(() => undefined);
  if (playwright === undefined) return skipped('playwright-core is not installed (npm install)');
  const browser = await playwright.chromium.launch({
    executablePath: CHROMIUM,
    args: [...ARGUMENTS, ...versions(request)],
  });
  try {
    const page = await browser.newPage();
    const response = await page.goto(request.url, { timeout: request.timeoutMs ?? PAGE_TIMEOUT });
    const status = response?.status();
    return { failure: null, says: `HTTP ${status}`, status };
  } catch (error) {
    const message = (error as Error).message;
    const name = /net::ERR_[A-Z_]+/.exec(message)?.[0];
    const says = name ?? message.split('\n')[0] ?? '';
    return { failure: FAILURES[says] ?? timeoutOr(message, says), says, failedAt: failedAt(says) };
  } finally {
    await browser.close();
  }
}

/** Says what is missing of Debian's Chromium, its driver aside. A lab puts more into the settings. */
export function missingOfChromium(settings = CHROMIUM_SETTINGS): string | undefined {
  if (!existsSync(CHROMIUM)) return `there is no ${CHROMIUM} (as root: apt-get install chromium)`;
  return existsSync(settings) ? undefined : NO_SETTINGS;
}

/** As far as the name of an error tells; one that any step can end in is taken for the last one's. */
function failedAt(name: string): FailedAt {
  if (/ERR_NAME_|ERR_DNS_|ERR_ICANN/.test(name)) return 'resolve';
  if (/ERR_(CONNECTION_(REFUSED|TIMED_OUT|FAILED)|ADDRESS_)/.test(name)) return 'connect';
  return /ERR_(SSL|CERT|TLS)_/.test(name) ? 'tls_handshake' : 'http_round_trip';
}

function versions({ tls }: ProbeRequest): string[] {
  return tls === undefined ? [] : [`--ssl-version-min=tls${tls}`, `--ssl-version-max=tls${tls}`];
}

function timeoutOr(message: string, says: string): string {
  return /Timeout \d+ms exceeded/.test(message)
    ? 'generic_timeout_error'
    : `unknown_failure: ${says}`;
}

function skipped(reason: string): Observation {
  return { failure: null, says: '', skipped: reason };
}

/** Another, such as a snap's, reads its settings elsewhere. */
export const CHROMIUM = '/usr/bin/chromium';
const NO_SETTINGS = `there is no folder ${CHROMIUM_SETTINGS} for the lab's certificate authority (as root: mkdir ${CHROMIUM_SETTINGS})`;
const PAGE_TIMEOUT = 40_000;
/** No sandbox of its own: it runs as root of the lab's user namespace. No traffic that was not asked for. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable,HttpsFirstModeV2ForTypicallySecureUsers,HttpsFirstModeV2ForEngagedSites,OptimizationHints',
];
/** Chromium's names of what OONI has a failure string for (net/base/net_error_list.h). */
const FAILURES: Readonly<Record<string, string>> = {
  'net::ERR_CONNECTION_RESET': 'connection_reset',
  'net::ERR_CONNECTION_CLOSED': 'eof_error',
  'net::ERR_EMPTY_RESPONSE': 'eof_error',
  'net::ERR_TIMED_OUT': 'generic_timeout_error',
  'net::ERR_CONNECTION_TIMED_OUT': 'generic_timeout_error',
  'net::ERR_CONNECTION_REFUSED': 'connection_refused',
  'net::ERR_CERT_DATE_INVALID': 'ssl_invalid_certificate',
  'net::ERR_CERT_COMMON_NAME_INVALID': 'ssl_invalid_hostname',
  'net::ERR_CERT_AUTHORITY_INVALID': 'ssl_unknown_authority',
  'net::ERR_SSL_PROTOCOL_ERROR': 'ssl_failed_handshake',
};
