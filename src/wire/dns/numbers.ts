/** Numbers of DNS messages (IANA; RFC 1035 §4.1, RFC 6891). */
export const HEADER_LENGTH = 12;
export const TYPE_A = 1;
export const TYPE_AAAA = 28;
export const TYPE_OPT = 41;
export const CLASS_IN = 1;
export const FLAG_RESPONSE = 0x8000;
export const FLAG_AUTHORITATIVE = 0x0400;
export const FLAG_RECURSION_DESIRED = 0x0100;
export const FLAG_RECURSION_AVAILABLE = 0x0080;
/** Must be zero (RFC 1035 §4.1.1; the two bits beside it have got a meaning since). */
export const FLAG_RESERVED = 0x0040;
/** Four bits; `flags & OPCODE_MASK`, zero for a standard query. */
export const OPCODE_MASK = 0x7800;
