/**
 * Of a flow's key (initiator's and responder's address, four words each, then ports): the same for both directions. With a
 * salt that nobody knows, flows cannot be crafted to have the same one.
 */
export function tupleHash(key: Int32Array, salt: number): number {
  const ports = key[8] as number;
  let src = mixed(salt ^ (ports >>> 16));
  let dst = mixed(salt ^ (ports & 0xffff));
  for (let i = 0; i < 4; i++) {
    src = mixed(src ^ (key[i] as number));
    dst = mixed(dst ^ (key[4 + i] as number));
  }
  return mixed((src + dst) | 0);
}

/** Every bit of the number has a say in the lower ones of the result. */
export function mixed(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}
