import type { Control, ControlPage } from './control.ts';
import type { Page } from './steps.ts';
import type { WebVerdict } from './test-keys.ts';

type Diff = Pick<
  WebVerdict,
  'body_proportion' | 'body_length_match' | 'headers_match' | 'status_code_match' | 'title_match'
>;

/** How the page that the probe got compares with the control's (ts-017); null is what one of them does not have. */
export function httpDiff(page: Page | undefined, control: Control['page']): Diff {
  if (page === undefined || control === undefined || control.failure !== null) return NOTHING;
  const proportion = bodyProportion(page, control);
  const hasStatus = control.status !== undefined;
  return {
    body_proportion: proportion ?? 0,
    body_length_match: proportion === undefined ? null : proportion > LEAST_PROPORTION,
    headers_match:
      hasStatus && page.headers && control.headers
        ? headersMatch(page.headers, control.headers, control)
        : null,
    status_code_match: statusMatches(page.status, control.status),
    title_match:
      hasStatus && page.title && control.title ? titlesMatch(page.title, control.title) : null,
  };
}

/** Whether it is the same page: its status, and one thing besides. */
export function isSamePage(diff: Diff): boolean {
  const { status_code_match, body_length_match, headers_match, title_match } = diff;
  return (
    status_code_match === true && [body_length_match, headers_match, title_match].includes(true)
  );
}

/**
 * True for another page. OONI's probes (ooni/probe-cli, summary.go and analysishttpdiff.go) take what cannot be compared for one.
 * Their responses always have a body and headers. Where the file lacks them, nothing is known, nor where the control lacks the status
 * and all else is the same.
 */
export function isOtherPage(diff: Diff, page: Page | undefined, control: Control['page']): boolean {
  if (isSamePage(diff)) return false;
  const outcomes = Object.values(diff);
  if (outcomes.includes(false)) return true;
  if (control?.status === undefined) return !outcomes.includes(true);
  return page?.headers !== undefined && control.headers !== undefined;
}

function bodyProportion(page: Page, control: Page): number | undefined {
  const lengths = [page.bodyLength, control.bodyLength];
  if (!lengths.every((length) => length !== undefined && length > 0)) return undefined;
  const [least, most] = (lengths as number[]).toSorted((a, b) => a - b) as [number, number];
  return least / most;
}

/** Where the control met an error, another status of ours tells nothing. */
function statusMatches(ours: number | undefined, control: number | undefined): boolean | null {
  if (ours === undefined || control === undefined) return null;
  if (ours === control) return true;
  return control >= 200 && control < 300 ? false : null;
}

/** Before 0.5, equal sets match (httpanalysis.go). Since then, one uncommon name in both is needed (minipipeline, httpdiff.go). */
function headersMatch(
  ours: readonly string[],
  control: readonly string[],
  { isLegacy }: Pick<ControlPage, 'isLegacy'>,
): boolean {
  const [one, other] = [namesIn(ours), namesIn(control)];
  if (isLegacy && isSameSet(one, other)) return true;
  return [...one].some((name) => other.has(name) && !COMMON_HEADERS.has(name));
}

function namesIn(headers: readonly string[]): Set<string> {
  return new Set(headers.map((name) => name.toLowerCase()));
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

/**
 * Whether no long word is in one title alone. The specification asks for one word in common and leaves titles without
 * long words undecided; what OONI's probes write is this, for which two titles without long words match. A page without a
 * title is compared by none.
 */
function titlesMatch(ours: string, control: string): boolean {
  return isSameSet(longWords(ours), longWords(control));
}

function longWords(title: string): Set<string> {
  const words = title.split(' ').filter((word) => Buffer.byteLength(word) > SHORT_WORD);
  return new Set(words.map((word) => word.toLowerCase()));
}

const LEAST_PROPORTION = 0.7;
/** In bytes of UTF-8, as OONI's probes count. */
const SHORT_WORD = 4;

/** Fields that so many servers send that to have them in common says nothing; OONI's probes leave out the same. */
const COMMON_HEADERS = new Set([
  // RFC 9110 and RFC 9111
  ...[
    'accept-ranges',
    'age',
    'cache-control',
    'content-encoding',
    'content-language',
    'content-type',
  ],
  ...['date', 'etag', 'expires', 'last-modified', 'location', 'pragma', 'server', 'vary', 'via'],
  // RFC 6265, RFC 6797, RFC 7034, RFC 8288
  ...['set-cookie', 'strict-transport-security', 'x-frame-options', 'link'],
  // of browsers, platforms and caches
  ...['x-content-type-options', 'x-xss-protection', 'p3p', 'x-powered-by', 'cf-ray', 'x-varnish'],
]);

const NOTHING: Diff = {
  body_proportion: 0,
  body_length_match: null,
  headers_match: null,
  status_code_match: null,
  title_match: null,
};
