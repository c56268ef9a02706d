import { filtered } from './call-filter.ts';

/*
 * How a lab's processes come to be, from the outside in:
 *
 *   guard ── init, pid 1     perl makes the lab's mounts, then becomes sh
 *              └─ agent and all else, in a user namespace inside that of pid 1
 *
 * The inner namespace has no capability outside itself, and cannot take away mounts that it was given
 * (mount_namespaces(7)): the machine's /proc, /run and /dev stay hidden. The machine's root is root in the lab too, so
 * that it reads and writes its files. The kernel takes it for the owner of all in /proc and /sys: both are read-only then.
 */

/** Inside the lab: temporary files of whatever runs there; a tmpfs that goes with the lab. */
export const LAB_TMP = '/run/chokepoint/tmp';

/** What the lab may do to the machine's files. */
export interface FileAccess {
  /** Whether they are read-only, but for the folders in `writable`. */
  readonly isReadOnly: boolean;
  readonly writable: readonly string[];
  /** A folder that the lab finds empty, if it is there when the lab is made: whoever reaches the sockets in it can end other labs. */
  readonly hidden: string;
}

/** The lab's first process: it makes the mounts, runs `command` inside them, and ends when that ends. */
export function initCommand(
  command: readonly string[],
  isRoot: boolean,
  { isReadOnly, writable, hidden }: FileAccess,
): string[] {
  const root = isRoot ? '1' : '';
  const own = [String(writable.length), ...writable];
  const mounts = [root, isReadOnly ? '1' : '', hidden, ...own];
  const init = ['sh', '-c', INIT_SCRIPT, 'sh', root, ...filtered('/', command)];
  return ['perl', '-e', MOUNT_SCRIPT, ...mounts, ...init];
}

/** The machine's root finds only /proc/sys/net writable: it is the settings of the network namespace that one is in. */
const NET_SETTINGS = '/run/chokepoint/net-settings';
const KEEP_NET_SETTINGS = `mount --bind ${NET_SETTINGS} /proc/sys/net`;

/** For a shell in a pid namespace within a lab: mounts the /proc of that namespace. */
export const MOUNT_PROC = `{ mount -t proc proc /proc 2>/dev/null ||
  { mount -t proc -o ro proc /proc && ${KEEP_NET_SETTINGS}; }; }`;

/** Numbers of mount(2) and unshare(2), and the flag by which the latter makes a mount namespace (CLONE_NEWNS). */
export const MOUNT_CALL = process.arch === 'arm64' ? 40 : 165;
export const UNSHARE_CALL = process.arch === 'arm64' ? 97 : 272;
export const NEW_MOUNTS = 0x20000;

/** As much as a tmpfs of the lab holds: what fills one gets ENOSPC, and the machine keeps its memory. */
const BOUNDED = 'size=512m,nr_inodes=65536';

/** System calls by number, because each `mount` is a process more; flags are those of mount(2) and mount_setattr(2). */
const MOUNT_SCRIPT = `
my ($isRoot, $isReadOnly, $hidden, $count) = splice @ARGV, 0, 4;
my @writable = splice @ARGV, 0, $count;
my ($NOSUID, $NODEV, $NOEXEC, $BIND, $MOVE) = (2, 4, 8, 4096, 8192);
my $dev = "/run/chokepoint/dev";

sub try { my ($source, $over, $type, $flags, $data) = @_;
  return syscall(${MOUNT_CALL}, $source, $over, $type, $flags, $data) == 0; }
sub mounted { try(@_) or die "mount: $_[1]: $!\\n"; }
sub tmpfs { my ($over, $flags, $mode) = @_; mounted("lab", $over, "tmpfs", $flags, "mode=$mode,${BOUNDED}"); }
sub changed { my ($path, $depth, $set, $clear) = @_;
  my $attributes = pack "Q4", $set, $clear, 0, 0;
  syscall(442, -100, $path, $depth, $attributes, 32) == 0 or die "mount: $path: $!\\n"; }
sub readOnly { changed($_[0], 0x8000, 1, 0); }

# The guard keeps the mounts that it has: it removes the owner's record.
if ($isReadOnly || -d $hidden) {
  syscall(${UNSHARE_CALL}, ${NEW_MOUNTS}) == 0 or die "unshare: $!\\n";
}
if ($isReadOnly) {
  for (@writable) { mounted($_, $_, "", $BIND, ""); }
  readOnly("/");
  for (@writable) { changed($_, 0, 0, 1); }
}
if (-d $hidden) { mounted("lab", $hidden, "tmpfs", 1 | $NOSUID | $NODEV | $NOEXEC, "mode=755,size=4k"); }
mounted("proc", "/proc", "proc", $NOSUID | $NODEV | $NOEXEC, "");
chdir "/proc" or die "mount: /proc: $!\\n";
tmpfs("/run", $NOSUID | $NODEV, "755");
for ("/run/netns", "/run/chokepoint", "${LAB_TMP}", $dev) { mkdir $_; }
tmpfs("${LAB_TMP}", $NOSUID | $NODEV, "755");

tmpfs($dev, $NOSUID | $NOEXEC, "755");
for (qw(net pts shm)) { mkdir "$dev/$_"; }
for (qw(null zero full random urandom tty net/tun)) {
  next unless -e "/dev/$_";
  open my $node, ">", "$dev/$_";
  mounted("/dev/$_", "$dev/$_", "", $BIND, "");
}
mounted("lab", "$dev/pts", "devpts", $NOSUID | $NOEXEC, "newinstance,ptmxmode=0666,mode=620");
tmpfs("$dev/shm", $NOSUID | $NODEV, "1777");
symlink "pts/ptmx", "$dev/ptmx";
symlink "/proc/self/fd", "$dev/fd";
my @streams = qw(stdin stdout stderr);
for (0 .. 2) { symlink "/proc/self/fd/$_", "$dev/$streams[$_]"; }
mounted($dev, "/dev", "", $MOVE, "");

if ($isRoot) {
  mkdir "${NET_SETTINGS}";
  mounted("/proc/sys/net", "${NET_SETTINGS}", "", $BIND, "");
  mounted("proc", "/proc", "proc", 1 | $NOSUID | $NODEV | $NOEXEC, "");
  try("sysfs", "/sys", "sysfs", 1 | $NOSUID | $NODEV | $NOEXEC, "") or readOnly("/sys");
}
exec { $ARGV[0] } @ARGV or die "mount: $ARGV[0]: $!\\n";`;

/**
 * Runs in the /proc that can be written, which is then covered. The inner namespace has the same ids as this one; only
 * from here can they be given to it. The first argument says whether the machine's root runs this.
 */
const INIT_SCRIPT = `
same() { while read -r first _ count; do echo "$first $first $count"; done <self/$1; }
uids=$(same uid_map) gids=$(same gid_map)
unshare --user --mount --net --ipc --uts -- sh -c '
  cd / && until read -r _ </proc/self/gid_map && read -r _ </proc/self/uid_map; do :; done
  [ -z "$1" ] || ${KEEP_NET_SETTINGS} || exit 1
  shift && exec "$@"' sh "$@" </dev/null &
exec 3>&-
while [ -e $!/exe ] && ! printf %s "$gids" >$!/gid_map; do :; done 2>/dev/null
while [ -e $!/exe ] && ! printf %s "$uids" >$!/uid_map; do :; done 2>/dev/null
cd / && wait $!
exit $?`;
