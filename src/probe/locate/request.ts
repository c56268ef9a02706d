/** What is sent to see whether a box is set off: a packet of a connection, or one alone. IPv4. */
export type TriggerPacket = {
  readonly address: string;
  readonly port: number;
} & (
  | { readonly kind: 'http'; readonly host: string; readonly path: string }
  | { readonly kind: 'tls'; readonly name: string }
  | { readonly kind: 'syn' }
  | { readonly kind: 'dns'; readonly name: string }
);

/** Where to look for a box, and with what. */
export interface LocateRequest {
  readonly blocked: TriggerPacket;
  /** Of the same kind and to the same host, as far as it can be: only what sets the box off may differ. */
  readonly allowed: TriggerPacket;
  /** How often the time to the box is taken. */
  readonly tries: number;
  readonly residual: ResidualRequest | undefined;
}

/** How far residual censorship is looked for. */
export interface ResidualRequest {
  /** What goes on longer is told so. */
  readonly limitMs: number;
  /** Allowed as well, to another port of the same host, and to another host beyond the box. */
  readonly otherPort: TriggerPacket | undefined;
  readonly elsewhere: TriggerPacket | undefined;
}
