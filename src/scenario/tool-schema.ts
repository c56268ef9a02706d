import * as z from 'zod';
import { parseAddress } from '../base/address.ts';
import { parseUrl } from '../base/url.ts';
import { Domain, HostId, Line, Name, Port } from './fields.ts';

/** A program's arguments end at a NUL. */
const Word = z
  .string()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is refused
  .regex(/^[^\u0000]*$/, { error: 'expected a text without the character NUL' });
const Command = z.array(Word).min(1);

/* A message names both in a command that people copy. */
const Program = z.string().regex(/^[A-Za-z0-9][\w.+-]{0,63}$/, {
  error: 'expected the name of a program, such as "ss-server"',
});
/** Debian Policy Manual, 5.6.7. */
const Package = z.string().regex(/^[a-z0-9][a-z0-9.+-]{1,62}$/, {
  error: 'expected the name of a Debian package, such as "shadowsocks-libev"',
});

const Expression = z.string().superRefine((text, context) => {
  try {
    new RegExp(text);
  } catch (error) {
    const wrong = (error as Error).message.replace(/^Invalid regular expression: /, '');
    context.addIssue({ code: 'custom', message: `expected a regular expression: ${wrong}` });
  }
});

const ReadySchema = z
  .strictObject({
    listens: Port.optional().describe('A TCP port that one of its own processes listens on.'),
    says: Expression.optional().describe('A regular expression that its output has a match of.'),
  })
  .superRefine(exactlyOne);

const ProgramSchema = z.strictObject({
  prepare: z
    .array(Command)
    .default([])
    .describe('Commands that are run to their end before, such as those that make keys.'),
  command: Command.describe('It stays in the foreground: with it, whatever it started is ended.'),
  ready: ReadySchema.describe('When it is up.'),
  limit_s: z.number().min(0.1).max(600).default(20).describe('In which it must be up.'),
});

const NO_PROXY =
  'expected a proxy by http, https, socks4, socks4a, socks5 or socks5h, such as "socks5h://127.0.0.1:1080"';
const NO_ENDPOINT =
  'expected an address and maybe a port from 1 to 65535, such as "127.0.0.1:8443" or "10.9.0.1"';

const ThroughSchema = z
  .strictObject({
    direct: z
      .literal(true)
      .optional()
      .describe('By nothing: the tool works on packets, or there is none.'),
    proxy: z
      .string()
      // What curl speaks to proxies (CURLOPT_PROXY).
      .regex(/^(https?|socks4a?|socks5h?):\/\/\S+$/, { abort: true, error: NO_PROXY })
      .refine(isUrl, { error: NO_PROXY })
      .optional()
      .describe(
        'By a proxy, as curl takes it, such as `socks5h://127.0.0.1:1080`; with `socks5h` or `socks4a`, it resolves names.',
      ),
    connect: z
      .string()
      .regex(/^([\w.-]+|\{[\w-]+\}|\[[\da-f:]+\])(:\d+)?$/i, { abort: true, error: NO_ENDPOINT })
      .refine(isEndpoint, { error: NO_ENDPOINT })
      .optional()
      .describe(
        'By a forwarded port, or an address inside a tunnel, instead of the address of the name.',
      ),
    command: Command.optional().describe('By a program that runs curl, such as `[torsocks]`.'),
    front: Domain.optional().describe(
      'By HTTPS to this name; the one that is wanted is in the Host header alone.',
    ),
  })
  .superRefine(exactlyOne);

/** A circumvention tool: what is started where, and how a fetch goes through it. */
export const ToolFile = z.strictObject({
  id: Name,
  title: Line,
  needs: z
    .enum(['tor-network', 'tun-device'])
    .optional()
    .describe(
      'What it takes beside programs: a Tor network in the lab, as of a scenario with `tor: {}`; or `/dev/net/tun`, for an interface of its own.',
    ),
  programs: z
    .record(Program, Package)
    .default({})
    .describe('Those that it takes, each with its Debian package.'),
  files: z
    .record(
      z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, {
        error: 'expected the name of a file, without a folder, of 64 characters at most',
      }),
      z.string(),
    )
    .default({})
    .describe(
      'Written into a folder of its own, which all its commands are run in and which goes when it ends.',
    ),
  server: ProgramSchema.extend({
    host: HostId.default('server').describe('The host that it runs on.'),
  })
    .optional()
    .describe('What runs behind the censor; it is started first.'),
  client: ProgramSchema.optional().describe('What runs before it, on the host that fetches.'),
  through: ThroughSchema.describe('How curl, on the host that fetches, comes to the server.'),
});

/** What a tool's commands, files and `through` may have in braces. */
export const PLACEHOLDERS = {
  folder: "the tool's own folder, which both its ends share",
  here: 'the folder of its file',
  server: "the IPv4 address of the server's host",
  server6: 'its IPv6 address',
  client: 'the IPv4 address of the host that fetches',
  client6: 'its IPv6 address',
  'tor-none': 'the configuration of a Tor client without a bridge',
  'tor-plain': 'of one with the plain bridge',
  'tor-obfs4': 'of one with the obfs4 bridge',
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;
export type ToolProgram = z.output<typeof ProgramSchema>;
export type Through = z.output<typeof ThroughSchema>;

/** Placeholders are known to be right only later. */
function isUrl(text: string): boolean {
  const filled = text.replace(/\[\{[\w-]+\}\]/, '[::1]').replace(/\{[\w-]+\}/g, 'x');
  const port = parseUrl(filled)?.port;
  return !/\p{Cc}/u.test(text) && port !== undefined && port !== '0';
}

function isEndpoint(text: string): boolean {
  const [, ipv6, port] = /^(?:\[(.*)\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [];
  if (ipv6 !== undefined && parseAddress(ipv6)?.length !== 16) return false;
  return port === undefined || Port.safeParse(Number(port)).success;
}

function exactlyOne(fields: object, context: z.RefinementCtx): void {
  const found = Object.keys(fields);
  if (found.length === 1) return;
  const message = `expected one key; found ${found.length === 0 ? 'none' : found.join(' and ')}`;
  context.addIssue({ code: 'custom', message });
}
