/** A value of a field, in hexadecimal where it is a number that TLS calls so: a version, a cipher suite, an extension, a group. */
export function inItsBase(path: string, value: unknown): unknown {
  return typeof value === 'number' && NAMED_BY_CODE.test(path)
    ? `0x${value.toString(16).padStart(4, '0')}`
    : value;
}

const NAMED_BY_CODE = /(^|\.)(version|ciphers?|extensions|key_share_group)$/;
