import { readFileSync } from 'node:fs';

/** Whether this process may make namespaces without a user namespace of its own (CAP_SYS_ADMIN is effective). */
export function mayMakeNamespaces(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return ((BigInt(`0x${effective ?? '0'}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** The setting that forbids namespaces to this process, with the command that changes it; undefined when none does. */
export function namespaceObstacle(): string | undefined {
  const settings = mayMakeNamespaces() ? LIMITS : [...LIMITS, ...USER_SETTINGS];
  const obstacle = settings.find(({ path, forbids }) => readSetting(path) === forbids);
  return obstacle && `as root: sysctl -w ${obstacle.fix}`;
}

/** What to do when the kernel said ENOSPC to somebody who asked for a namespace. */
export function limitHint(said: string): string | undefined {
  if (!said.includes('No space left on device')) return undefined;
  return namespaceObstacle() ?? `as root: sysctl -w ${LIMITS.map(({ fix }) => fix).join(' ')}`;
}

function readSetting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // this kernel does not have the setting
  }
}

function limit(kind: string): { path: string; forbids: string; fix: string } {
  const name = `max_${kind}_namespaces`;
  return { path: `/proc/sys/user/${name}`, forbids: '0', fix: `user.${name}=10000` };
}

const CAP_SYS_ADMIN = 21n;
/** What a lab needs of each kind, whoever makes it. */
const LIMITS = ['user', 'net', 'mnt', 'pid', 'ipc', 'uts'].map(limit);
/** What stops only those who are not root. */
const USER_SETTINGS = [
  {
    path: '/proc/sys/kernel/unprivileged_userns_clone',
    forbids: '0',
    fix: 'kernel.unprivileged_userns_clone=1',
  },
  {
    path: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    fix: 'kernel.apparmor_restrict_unprivileged_userns=0',
  },
];
