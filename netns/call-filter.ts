import { ChokepointError } from '../src/base/errors.ts';

/*
 * Namespaces do not hold everything back. A filter of system calls (seccomp) keeps programs of a lab from what has no
 * namespace: sockets to the hypervisor (AF_VSOCK), key rings, the keyboard of the terminal that `exec` shares with its
 * caller. Perl sets it, because `setpriv --seccomp-filter` is newer than Debian 12 and Node needs 40 ms to start.
 */

/** A command that runs `command` in `folder` under the filter. What it starts is under the filter too, for good. */
export function filtered(folder: string, command: readonly string[]): string[] {
  const machine = MACHINES[process.arch];
  if (machine === undefined) {
    throw new ChokepointError('MACHINE_CANNOT', `no lab on a processor of type ${process.arch}`, {
      hint: `labs run on ${Object.keys(MACHINES).join(' and ')}`,
    });
  }
  const { prctl } = machine[0][2];
  return ['perl', '-e', FILTER_SCRIPT, String(prctl), filterOf(machine), folder, ...command];
}

/** The filter as the kernel takes it (struct sock_filter[]), in hexadecimal. */
function filterOf(machine: readonly Machine[]): string {
  const program = [
    at(ARCH),
    ...machine.flatMap(([arch, isX64, calls]) => {
      const body = [at(CALL), ...(isX64 ? unless(X32_CALLS, [deny(ENOSYS)], JGE) : [])];
      const checks = Object.entries(RULES).flatMap(([name, rule]) => {
        const call = calls[name as keyof Calls];
        return call === undefined ? [] : unless(call, rule);
      });
      return unless(arch, [...body, ...checks, ALLOW]);
    }),
    deny(ENOSYS),
  ];
  const bytes = Buffer.alloc(8 * program.length);
  for (const [i, [code, yes, no, k]] of program.entries()) {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(yes, 8 * i + 2);
    bytes.writeUInt8(no, 8 * i + 3);
    bytes.writeUInt32LE(k, 8 * i + 4);
  }
  return bytes.toString('hex');
}

/** Code, how many instructions to skip if so, and if not, operand (linux/filter.h). */
type Instruction = readonly [code: number, yes: number, no: number, k: number];

function at(offset: number): Instruction {
  return [0x20, 0, 0, offset];
}

function deny(errno: number): Instruction {
  return [0x06, 0, 0, 0x50000 + errno];
}

/** Does `then` where the value that was loaded compares, and goes on behind it where not. */
function unless(k: number, then: readonly Instruction[], code = JEQ): Instruction[] {
  return [[code, 0, then.length, k], ...then];
}

/** Lower half of an argument; all that are looked at are 32 bits long. */
function argument(index: number): Instruction {
  return at(16 + 8 * index);
}

function denyIf(index: number, values: readonly number[], code: number): Instruction[] {
  return [argument(index), ...values.flatMap((value) => unless(value, [deny(EPERM)], code)), ALLOW];
}

interface Calls {
  readonly prctl: number;
  readonly socket: number;
  readonly socketcall?: number;
  readonly ioctl: number;
  readonly clone: number;
  readonly unshare: number;
  readonly add_key: number;
  readonly request_key: number;
  readonly keyctl: number;
  readonly io_uring_setup: number;
  readonly clone3: number;
}
type Machine = readonly [arch: number, isX64: boolean, calls: Calls];

const JEQ = 0x15;
const JGE = 0x35;
const JSET = 0x45;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
/** Offsets in struct seccomp_data. */
const CALL = 0;
const ARCH = 4;
const ALLOW: Instruction = [0x06, 0, 0, 0x7fff0000];
/** Calls of the x32 ABI begin here. */
const X32_CALLS = 0x40000000;
/** AF_UNIX, INET, INET6, KEY, NETLINK, PACKET, ALG, XDP: each belongs to a network namespace, or is of no account. */
const FAMILIES = [1, 2, 10, 15, 16, 17, 38, 44];
/** TIOCSTI and TIOCLINUX type into a terminal, as if its user had. */
const TYPING = [0x5412, 0x541c];
/** A cgroup namespace would let root mount the cgroups that the lab shares with its owner. */
const CLONE_NEWCGROUP = 0x02000000;

const RULES: Readonly<Record<Exclude<keyof Calls, 'prctl'>, readonly Instruction[]>> = {
  socket: [
    argument(0),
    ...FAMILIES.flatMap((family) => unless(family, [ALLOW])),
    deny(EAFNOSUPPORT),
  ],
  // Its arguments lie where a filter cannot look; the C library uses `socket` then.
  socketcall: [deny(ENOSYS)],
  ioctl: denyIf(1, TYPING, JEQ),
  clone: denyIf(0, [CLONE_NEWCGROUP], JSET),
  unshare: denyIf(0, [CLONE_NEWCGROUP], JSET),
  add_key: [deny(EPERM)],
  request_key: [deny(EPERM)],
  keyctl: [deny(EPERM)],
  // Sockets that io_uring opens are seen by no filter.
  io_uring_setup: [deny(ENOSYS)],
  clone3: [deny(ENOSYS)],
};

const SINCE_2019 = { io_uring_setup: 425, clone3: 435 };
const X64: Machine = [
  0xc000003e,
  true,
  {
    ...{ prctl: 157, socket: 41, ioctl: 16, clone: 56, unshare: 272 },
    ...{ add_key: 248, request_key: 249, keyctl: 250, ...SINCE_2019 },
  },
];
const I386: Machine = [
  0x40000003,
  false,
  {
    ...{ prctl: 172, socket: 359, socketcall: 102, ioctl: 54, clone: 120, unshare: 310 },
    ...{ add_key: 286, request_key: 287, keyctl: 288, ...SINCE_2019 },
  },
];
const ARM64: Machine = [
  0xc00000b7,
  false,
  {
    ...{ prctl: 167, socket: 198, ioctl: 29, clone: 220, unshare: 97 },
    ...{ add_key: 217, request_key: 218, keyctl: 219, ...SINCE_2019 },
  },
];
const ARM: Machine = [
  0x40000028,
  false,
  {
    ...{ prctl: 172, socket: 281, ioctl: 54, clone: 120, unshare: 337 },
    ...{ add_key: 309, request_key: 310, keyctl: 311, ...SINCE_2019 },
  },
];
/** What a processor runs: its own programs first, then its 32-bit ones. */
const MACHINES: Readonly<Partial<Record<NodeJS.Architecture, readonly [Machine, Machine]>>> = {
  x64: [X64, I386],
  arm64: [ARM64, ARM],
};

/** prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, struct sock_fprog *); status and words are those of env(1). */
const FILTER_SCRIPT = `
my ($prctl, $filter, $folder) = splice @ARGV, 0, 3;
$filter = pack "H*", $filter;
my $program = pack "S x6 P", length($filter) / 8, $filter;
syscall($prctl + 0, 22, 2, $program) == 0 or die "chokepoint: no filter of system calls: $!\\n";
chdir $folder or (warn("chokepoint: $folder: $!\\n"), exit 125);
exec { $ARGV[0] } @ARGV;
my $status = $!{ENOENT} ? 127 : 126;
warn "chokepoint: $ARGV[0]: $!\\n";
exit $status;`;
