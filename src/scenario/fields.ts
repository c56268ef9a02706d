import * as z from 'zod';
import { parseAddress } from '../base/address.ts';
import { FIRST_MOMENT, LAST_BEGINNING, TOO_EARLY, TOO_LATE } from '../base/calendar.ts';
import { NAME } from '../base/name.ts';
import { quoted } from '../base/showable.ts';
import { LONGEST_NEEDLE } from '../engine/raw-bytes.ts';
import { addressEntryError } from '../policy/match/address-entry.ts';
import { parseHex } from '../policy/match/keyword-set.ts';
import { patternError } from '../policy/match/pattern.ts';
import { toALabels } from './domain-name.ts';
import { noHostBecause } from './no-host-name.ts';
import { packetInstead } from './packet-instead.ts';

/* Kinds of values that several parts of a scenario file have in common. */

/** Of a network, a profile, a table, a tool and the like: it becomes part of names of hosts, files and folders. */
export const Name = z.string().regex(NAME, {
  error:
    'expected a name of 1 to 32 lower-case letters, digits and dashes, with no dash at either end',
});

/** Of a profile: presets are known by capitals too. */
export const ProfileName = inOrder(
  z.string().regex(new RegExp(NAME, 'i'), {
    error: 'expected a name of 1 to 32 letters, digits and dashes, with no dash at either end',
  }),
);

export const PhaseName = inOrder(Name);

/** For names whose order tells something: JavaScript puts keys that are whole numbers before all others. */
function inOrder(name: z.ZodString): z.ZodString {
  return name.regex(/^(?!(?:0|[1-9]\d*)$)/, {
    error: 'expected a name with a letter or a dash, such as "in-2017"; a number loses its place',
  });
}

/** Of a host: one that begins with a digit would be an address to many programs (inet_aton(3)). */
export const HostId = Name.regex(/^[a-z]/, { error: 'expected a name that begins with a letter' });

/** In any script; what is read is the name in A-labels. */
export const Domain = z
  .string()
  .max(253)
  .regex(/^(?=.)([a-z0-9_\-\u0080-\uffff]{1,63}\.)*[a-z0-9_\-\u0080-\uffff]{1,63}$/, {
    error: 'expected a domain name in lower case, without a trailing dot, such as "meydan.tv"',
  })
  .transform((name, context) => {
    const labels = name === name.toLowerCase() ? toALabels(name) : undefined;
    const because = labels === undefined ? undefined : noHostBecause(labels);
    if (labels !== undefined && because === undefined) return labels;
    const message =
      because === undefined
        ? 'expected a domain name in lower case that IDNA allows, such as "bücher.example"'
        : `expected a domain name such as "meydan.tv"; found ${quoted(name)}, ${because}`;
    context.addIssue({ code: 'custom', message, input: name });
    return z.NEVER;
  });

export const Port = z.int().min(1).max(65_535);
export const Ports = z.union([z.literal('any'), z.array(Port).min(1)]);
export const Way = z.enum(['both', 'to-server', 'to-client']);
export const Direction = z.enum(['to-server', 'to-client']);

/** Of what goes on for a while; a day at most. */
export const Duration = z.number().min(1).max(86_400_000);
/** A moment that a scenario's calendar can show. */
export const Moment = z.iso
  .datetime({ abort: true })
  .refine((text) => !(Date.parse(text) < FIRST_MOMENT), {
    error: TOO_EARLY,
  });
/** A moment with which a lab's calendar can begin. */
export const Beginning = Moment.refine((text) => !(Date.parse(text) >= LAST_BEGINNING), {
  error: TOO_LATE,
});
/** From one moment up to another of the scenario's calendar. */
export const During = z
  .strictObject({ from: Beginning, to: Moment })
  .describe("From one moment up to another of the scenario's calendar.");
/** Before something happens. */
export const Delay = z.number().min(0).max(60_000);

export const Ttl = z.union([
  z.int().min(1).max(255),
  z.literal('copied'),
  z.tuple([z.int().min(1).max(255), z.int().min(1).max(255)]),
]);
export const IpId = z.union([z.int().min(0).max(65_535), z.enum(['copied', 'random'])]);

/** A number of 16 bits, such as a cipher suite; YAML reads 0x0039. */
export const Code = z.int().min(0).max(65_535);

export const Pattern = z.string().superRefine((text, context) => {
  const wrong = patternError(text);
  if (wrong === undefined) return;
  const instead = packetInstead(text);
  const message = instead === undefined ? wrong : `${wrong}; as a trigger without it: ${instead}`;
  context.addIssue({ code: 'custom', message });
});

export const Address = z.string().superRefine((text, context) => {
  const wrong = addressEntryError(text);
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
});

/** Alone, without prefix or port. */
export const IpAddress = z.string().refine((text) => parseAddress(text) !== undefined, {
  error: 'expected an IPv4 or IPv6 address, such as "127.0.0.1"',
});

/** Alone, of version 4. */
export const Ipv4 = z.ipv4({ error: 'expected an IPv4 address, such as "192.0.2.1"' });

/** Text that ends no line. */
export const Line = z
  .string()
  .max(4096)
  .regex(/^\P{Cc}*$/u, { error: 'expected a text of one line' });

export const Keyword = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= LONGEST_NEEDLE, {
    error: `expected at most ${LONGEST_NEEDLE} bytes of UTF-8`,
  });

export const Hex = z.string().refine(
  (text) => {
    const bytes = parseHex(text);
    return bytes !== undefined && bytes.length <= LONGEST_NEEDLE;
  },
  { error: `expected 1 to ${LONGEST_NEEDLE} bytes in hexadecimal, such as "16 03 01"` },
);

/** Who makes a measurement. */
export const Probe = z.enum([
  'tcp',
  'http',
  'https',
  'curl',
  'openssl',
  'chromium',
  'dig',
  'tor',
  'web_connectivity',
  'sni_blocking',
  'tlsmiddlebox',
  'tcpping',
  'dnscheck',
]);
