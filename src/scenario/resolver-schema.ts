import * as z from 'zod';
import { Domain, During, IpAddress, Ipv4 } from './fields.ts';

/** Of a record, or of what a record says of itself. */
const Seconds = z.int().min(0).max(2_147_483_647);
const Addresses = z.array(IpAddress).min(1).max(100);

const about = {
  names: z.array(Domain).min(1).describe('These, and every name below them.'),
  exact: z.boolean().default(false).describe('Not the names below them.'),
  except: z.array(Domain).min(1).optional().describe('Not these, nor the names below them.'),
  during: During.optional(),
};

export const LieSchema = z.discriminatedUnion('answer', [
  z.strictObject({
    answer: z
      .enum(['nxdomain', 'refused', 'servfail', 'empty'])
      .describe(
        'No such name; no answer for this client; a failure; or a name without records of that type.',
      ),
    ...about,
  }),
  z.strictObject({
    answer: z.literal('forged').describe('Addresses that are not theirs.'),
    addresses: Addresses.describe(
      'Those of the version that is asked for; none, if there are none of it.',
    ),
    ttl_s: Seconds.default(60).describe('How long clients may believe it.'),
    ...about,
  }),
]);

const Ipv6 = IpAddress.refine((text) => text.includes(':'), {
  error: 'expected an IPv6 address, such as "2001:db8::1"',
});

const name = Domain.optional().describe("The zone's own, if it is left out.");

const ZoneRecord = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('A'), name, data: Ipv4 }),
  z.strictObject({ type: z.literal('AAAA'), name, data: Ipv6 }),
  z.strictObject({ type: z.literal('NS'), name, data: Domain }),
]);

export const ZoneSchema = z.strictObject({
  name: Domain,
  transfer: z
    .enum(['open', 'refused'])
    .default('refused')
    .describe('Whether anybody may fetch it whole (AXFR, IXFR).'),
  ttl_s: Seconds.describe('Of each record.'),
  soa: z.strictObject({
    mname: Domain,
    rname: Domain,
    serial: z.int().min(0).max(4_294_967_295),
    refresh_s: Seconds,
    retry_s: Seconds,
    expire_s: Seconds,
    minimum_s: Seconds,
  }),
  records: z
    .array(ZoneRecord)
    .min(1)
    .max(100)
    .describe('In the order in which they are transferred.'),
  during: During.optional(),
});

/** The resolver of a network: where it is, and how it departs from the truth. It transfers only zones that are open. */
export const ResolverSchema = z.strictObject({
  address: Ipv4.optional().describe(
    "Its IPv4 address, within the lab alone, which clients of the network ask; by default one of the lab's.",
  ),
  names: z
    .array(Domain)
    .min(1)
    .optional()
    .describe(
      "Domains that resolve to it, with all below them: to `address` alone, or else to the lab's addresses of both versions.",
    ),
  lies: z.array(LieSchema).min(1).optional().describe('The first that is about a name is told.'),
  zones: z
    .array(ZoneSchema)
    .min(1)
    .optional()
    .describe('Zones that it answers for itself, whoever they belong to; lies come first.'),
});

export type ResolverSpec = z.output<typeof ResolverSchema>;
