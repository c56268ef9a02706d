import { sha256 } from '@noble/hashes/sha2.js';
import type { QuicConnection } from './connection.ts';

/** Digests of the ClientHellos of a flow that were read, the latest few, by which those that are sent again are known. */
export class ReadHellos {
  readonly #digests: Uint8Array[] = [];

  /** Remembers the whole ClientHello of a connection; false if it was read before. */
  add(connection: QuicConnection): boolean {
    const digest = digestOf(connection, connection.toServer.end);
    if (this.#has(digest, 0)) return false;
    const both = new Uint8Array(2 * DIGEST);
    both.set(digest);
    both.set(digestOf(connection, BEGINNING), DIGEST);
    if (this.#digests.length === MOST) this.#digests.shift();
    this.#digests.push(both);
    return true;
  }

  /** Whether one that was read began like this one, up to its random. */
  hasBegunSo(connection: QuicConnection): boolean {
    if (this.#digests.length === 0 || connection.toServer.end < BEGINNING) return false;
    return this.#has(digestOf(connection, BEGINNING), DIGEST);
  }

  #has(digest: Uint8Array, at: number): boolean {
    return this.#digests.some((known) => digest.every((byte, i) => known[at + i] === byte));
  }
}

function digestOf({ dcid, toServer }: QuicConnection, end: number): Uint8Array {
  return sha256.create().update(dcid).update(toServer.bytes.subarray(0, end)).digest();
}

const DIGEST = 32;
const MOST = 16;
/** Message header, version and random (RFC 8446 §4.1.2). */
const BEGINNING = 38;
