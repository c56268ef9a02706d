/** What a censor reads off a flow; each kind is a range of bytes. */
export type ObservationKind = 'http.host' | 'tls.sni';

/** A pure predicate over one kind of observation. */
export interface Matcher {
  readonly observes: ObservationKind;
  matches(bytes: Uint8Array, at: number, end: number): boolean;
}
