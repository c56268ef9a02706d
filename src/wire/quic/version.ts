/** RFC 9000 §15. */
export const QUIC_V1 = 0x0000_0001;
/** RFC 9369 §3.1. */
export const QUIC_V2 = 0x6b33_43cf;
