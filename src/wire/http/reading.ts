/**
 * How a censor reads the head of an HTTP/1 request. A request that one parser understands and the other does not is how
 * many a censor was evaded, so each point on which parsers differ is named here.
 */
export interface HttpReading {
  /** The methods it knows, in exactly these letters; any token of up to 32 bytes; or any token. */
  readonly methods: 'any' | 'any-length' | readonly string[];
  /** Whether `Host` counts in any letter case, or written so only. */
  readonly nameCase: 'ignored' | 'exact';
  /**
   * `strict`: one space after the method, the target and the colon of Host, none elsewhere; what follows is the value.
   * `standard`: what RFC 9112 lets a recipient allow: any blanks around a value, none before a colon; a space after the
   * method, and more anywhere in the line. `lenient`: also tabs in place of spaces, blanks before a colon, and values that are
   * folded over lines (RFC 9112 §5.2).
   */
  readonly whitespace: 'strict' | 'standard' | 'lenient';
  /** `crlf`: a bare LF ends no line. */
  readonly endOfLine: 'any' | 'crlf';
  /**
   * Whether empty lines before the request line are passed over; otherwise they are not HTTP. Where any line end counts, so
   * does any CR: nginx, Node and others skip them.
   */
  readonly leadingBlankLines: boolean;
  /** `known`: HTTP/1.0 and HTTP/1.1. `http-1`: `HTTP/1.` in any case, and one byte. `any`: any text, or none. */
  readonly versions: 'known' | 'http-1' | 'any';
  /**
   * Which Host counts. `target`: the host in an absolute or CONNECT target, or else the first Host. `every`: that in the target
   * and each Host, for servers differ in which they take.
   */
  readonly hostField: 'first' | 'last' | 'target' | 'every';
  /** Whether the host is seen as soon as its line is whole, or only once the whole head is. */
  readonly whenHost: 'line' | 'head';
}

export const STANDARD_READING: HttpReading = {
  methods: 'any',
  nameCase: 'ignored',
  whitespace: 'standard',
  endOfLine: 'any',
  leadingBlankLines: false,
  versions: 'http-1',
  hostField: 'first',
  whenHost: 'line',
};
