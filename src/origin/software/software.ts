/** A server that others make, as a process of its own. */
export interface Software {
  /** The program, and Debian's package of it. */
  readonly tool: string;
  readonly debian: string;
  /** What to write into the folder, and what to run there. */
  plan(site: Site): SoftwarePlan;
}

/** What a server is to serve, and from where. */
export interface Site {
  /** For its files, absolute: it holds `CERTIFICATE`, `KEY` and `DH_PARAMETERS` already. */
  readonly folder: string;
  readonly httpPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  readonly tls: TlsSettings;
}

export interface TlsSettings {
  /** The only version it speaks; by default its own choice. */
  readonly version?: '1.0' | '1.2' | '1.3' | undefined;
  /** The only cipher suite it takes up to TLS 1.2, as OpenSSL calls it. */
  readonly cipher?: string | undefined;
  /** Whether sessions can be resumed: without, its ServerHello has an empty session id up to TLS 1.2. */
  readonly resumption?: boolean | undefined;
}

export interface SoftwarePlan {
  readonly files: Readonly<Record<string, string>>;
  readonly commands: readonly (readonly string[])[];
}

/** PEM files in a site's folder. */
export const CERTIFICATE = 'site.pem';
export const KEY = 'site.key';
export const DH_PARAMETERS = 'dh.pem';
