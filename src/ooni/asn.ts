import type { AsnOf } from './name-findings.ts';
import { canonicalAddress } from './names.ts';
import type { RecordedKeys } from './recorded-keys.ts';

/** Network numbers as the measurement has them, in its answers and of its control; 0 stands for one that is not known. */
export function asnFrom({ queries, control }: RecordedKeys): AsnOf {
  const known = new Map<string, number>();
  const learn = (address: string, asn: number | null | undefined): void => {
    if (asn && asn > 0) known.set(canonicalAddress(address), asn);
  };
  for (const { answers } of queries ?? [])
    for (const { ipv4, ipv6, asn } of answers ?? []) learn(ipv4 ?? ipv6 ?? '', asn);
  for (const [address, info] of Object.entries(control?.ip_info ?? {})) learn(address, info?.asn);
  return (address) => known.get(address);
}
