import { createHmac, randomBytes } from 'node:crypto';

/** Server cookies (RFC 7873). They are given and never demanded: nobody is refused for want of one. */
export class Cookies {
  readonly #secret = randomBytes(32);

  /**
   * The COOKIE option to answer one with, 8 bytes of the client's and 16 of ours; undefined if it is none. Ours are laid
   * out as RFC 9018 §4.1 has it, with an HMAC for SipHash: nobody but this server looks at it.
   */
  answerTo(option: Uint8Array, client: string, now: number): Uint8Array | undefined {
    const isCookie =
      option.length === CLIENT_LENGTH || (option.length >= 16 && option.length <= 40);
    if (!isCookie) return undefined;
    const cookie = Buffer.alloc(CLIENT_LENGTH + SERVER_LENGTH);
    cookie.set(option.subarray(0, CLIENT_LENGTH));
    cookie.writeUInt8(VERSION, CLIENT_LENGTH);
    cookie.writeUInt32BE(Math.floor(now / 1000) >>> 0, CLIENT_LENGTH + 4);
    const hash = createHmac('sha256', this.#secret).update(cookie).update(client).digest();
    cookie.set(hash.subarray(0, 8), HASH_AT);
    return cookie;
  }
}

const CLIENT_LENGTH = 8;
const SERVER_LENGTH = 16;
const VERSION = 1;
const HASH_AT = 16;
