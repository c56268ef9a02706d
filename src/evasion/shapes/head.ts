import { decoyNameFor } from '../request.ts';
import type { Shape } from '../shape.ts';
import { requestOn } from './request.ts';

/** What is not plain about the head of a request; patterns of regular expressions. */
export interface HeadPatterns {
  /** Before the first line. */
  readonly start?: string;
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** Headers before the name. */
  readonly before?: string;
  /** The line with the name, or lines; a group `decoy` is the other name. */
  readonly host?: string;
  readonly eol?: string;
}

/** Lines as programs write them, with one Host, but for what is given; in words it is what is missing otherwise. */
export function head(what: string, patterns: HeadPatterns): Shape {
  const { start = '', method = 'GET', version = 'HTTP/1\\.1', eol = '\\r\\n' } = patterns;
  const { target = '/\\S{0,4000}', host = `Host: ${NAME}` } = patterns;
  const others = `(?:(?!Host)[\\w-]+: [^\\r\\n]{0,2000}${eol})*`;
  const { before = others } = patterns;
  const lines = [`${method} ${target} ${version}${eol}`, before, `${host}${eol}`, others, eol];
  const pattern = new RegExp(`^${start}${lines.join('')}$`);
  return (wire, facts) => {
    const request = requestOn(wire, facts);
    const said = Buffer.from(request?.said ?? []).toString('latin1');
    const found = pattern.exec(said);
    const { decoy = decoyNameFor(facts.name) } = found?.groups ?? {};
    return found !== null && decoy === decoyNameFor(facts.name) ? undefined : what;
  };
}

/** Of a host, with a port if need be, which is not the usual one. */
export const NAME = '[\\w.-]*[\\w-](?::(?!80\\b)\\d+)?';
