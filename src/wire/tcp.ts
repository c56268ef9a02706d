/** TCP header flags (RFC 9293 §3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;

/**
 * Distance from `from` to `to` in sequence space, negative when `to` lies before it (RFC 9293 §3.4:
 * arithmetic modulo 2^32; valid while the two lie less than 2^31 apart).
 */
export function seqDistance(from: number, to: number): number {
  return (to - from) | 0;
}
