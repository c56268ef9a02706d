import { lower, u8 } from '../../base/bytes.ts';

/**
 * Domain names that match themselves and every subdomain, on label boundaries and in any letter case. Looked up
 * straight from packet bytes, without making a string.
 */
export class DomainSet {
  readonly #byHash = new Map<number, Uint8Array[]>();

  constructor(domains: Iterable<string>) {
    for (const domain of domains) this.#add(domain);
  }

  /** Whether the name in the byte range is in the set or below a name that is. */
  has(bytes: Uint8Array, at: number, end: number): boolean {
    let hash = HASH_SEED;
    for (let i = end - 1; i >= at; i--) {
      hash = step(hash, lower(u8(bytes, i)));
      const isLabelStart = i === at || u8(bytes, i - 1) === DOT;
      if (isLabelStart && this.#holds(hash, bytes, i, end)) return true;
    }
    return false;
  }

  #add(domain: string): void {
    const name = Uint8Array.from(domain.toLowerCase(), (char) => char.charCodeAt(0));
    let hash = HASH_SEED;
    for (let i = name.length - 1; i >= 0; i--) hash = step(hash, u8(name, i));
    const others = this.#byHash.get(hash);
    if (others === undefined) this.#byHash.set(hash, [name]);
    else others.push(name);
  }

  #holds(hash: number, bytes: Uint8Array, at: number, end: number): boolean {
    const names = this.#byHash.get(hash);
    if (names === undefined) return false;
    for (const name of names) if (equalsIgnoringCase(name, bytes, at, end)) return true;
    return false;
  }
}

/** `name` is lower case already. */
function equalsIgnoringCase(name: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (name.length !== end - at) return false;
  for (let i = 0; i < name.length; i++) {
    if (lower(u8(bytes, at + i)) !== u8(name, i)) return false;
  }
  return true;
}

/** FNV-1a, from the last byte to the first, kept to 30 bits so that the number stays small for V8. */
function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193) & 0x3fffffff;
}

const HASH_SEED = 0x011c9dc5;
const DOT = 0x2e;
