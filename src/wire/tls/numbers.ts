/** Handshake types (RFC 8446 §4, RFC 5246 §7.4). */
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const CERTIFICATE = 11;

/** Content types (RFC 8446 §5.1), and what comes before a record's contents. */
export const CONTENT_CHANGE_CIPHER_SPEC = 20;
export const CONTENT_ALERT = 21;
export const CONTENT_HANDSHAKE = 22;
export const RECORD_HEADER = 5;
/** Handshake type and length (RFC 8446 §4). */
export const MESSAGE_HEADER = 4;
/** Version and random, with which both hellos begin. */
export const VERSION_AND_RANDOM = 34;

/** Extension types (IANA, TLS ExtensionType Values). */
export const SERVER_NAME = 0;
export const SUPPORTED_GROUPS = 10;
export const EC_POINT_FORMATS = 11;
export const SIGNATURE_ALGORITHMS = 13;
export const ALPN = 16;
export const SUPPORTED_VERSIONS = 43;
export const KEY_SHARE = 51;
export const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** Its forerunner, draft-ietf-tls-esni-02. */
export const ENCRYPTED_SERVER_NAME = 0xffce;
