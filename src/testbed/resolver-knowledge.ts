import type { HeldZone, Knowledge, Lie, Span } from '../origin/dns/knowledge.ts';
import type { ResolverSpec } from '../scenario/resolver-schema.ts';

/** What a resolver of a scenario says instead of the truth. */
export function departuresOf(spec: ResolverSpec | undefined): Omit<Knowledge, 'zones'> {
  return { lies: spec?.lies?.map(lieOf) ?? [], held: spec?.zones?.map(zoneOf) ?? [] };
}

function lieOf(spec: NonNullable<ResolverSpec['lies']>[number]): Lie {
  const { names, except = [], exact: isExact } = spec;
  const answer: Lie['answer'] =
    spec.answer === 'forged'
      ? { kind: 'forged', addresses: spec.addresses, ttl: spec.ttl_s }
      : { kind: spec.answer };
  return { names, except, isExact, answer, during: spanOf(spec.during) };
}

function zoneOf(spec: NonNullable<ResolverSpec['zones']>[number]): HeldZone {
  const { name, ttl_s: ttl, records, soa, transfer } = spec;
  const { mname, rname, serial } = soa;
  const { refresh_s: refresh, retry_s: retry, expire_s: expire, minimum_s: minimum } = soa;
  return {
    name,
    soa: {
      type: 'SOA',
      name,
      ttl,
      data: { mname, rname, serial, refresh, retry, expire, minimum },
    },
    records: records.map((record) => ({ ...record, ttl, name: record.name ?? name })),
    isOpen: transfer === 'open',
    during: spanOf(spec.during),
  };
}

function spanOf(during: { from: string; to: string } | undefined): Span | undefined {
  return during && { from: Date.parse(during.from), to: Date.parse(during.to) };
}
