import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

/** The few system calls Node does not offer. All block or answer at once; none is asynchronous. */
const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int, int, int)');
const setsockoptCall = libc.func('int setsockopt(int, int, int, void*, uint32_t)');
const bindCall = libc.func('int bind(int, void*, uint32_t)');
const mmapCall = libc.func('uintptr_t mmap(uintptr_t, size_t, int, int, int, int64_t)');
const ppollCall = libc.func('int ppoll(void*, unsigned long, void*, void*)');
const sendCall = libc.func('int64_t send(int, void*, size_t, int)');
koffi.struct('ifreq', {
  name: koffi.array('char', 16),
  data: 'void*',
  rest: koffi.array('char', 16),
});
const ioctlCall = libc.func('int ioctl(int, unsigned long, ifreq*)');
const setnsCall = libc.func('int setns(int, int)');
const prctlCall = libc.func('int prctl(int, unsigned long)');
const getsockoptCall = libc.func('int getsockopt(int, int, int, void*, void*)');
const closeCall = libc.func('int close(int)');
const exitCall = libc.func('void _exit(int)');
const ifIndexCall = libc.func('unsigned int if_nametoindex(const char*)');

/** A system call that failed; `errno` is the number, the message names the call and what it was for. */
class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)}`);
    this.errno = errno;
  }
}

export function openSocket(family: number, type: number, protocol: number): number {
  return check(socket(family, type | SOCK_CLOEXEC, protocol), 'socket');
}

export function setSocketOption(
  fd: number,
  level: number,
  option: { readonly name: string; readonly number: number },
  value: Uint8Array,
): void {
  check(setsockoptCall(fd, level, option.number, value, value.length), `setsockopt ${option.name}`);
}

export function getSocketOption(
  fd: number,
  level: number,
  option: { readonly name: string; readonly number: number },
  value: Uint8Array,
): void {
  const length = new Uint32Array([value.length]);
  check(getsockoptCall(fd, level, option.number, value, length), `getsockopt ${option.name}`);
}

/** Lets this thread's waits end on time: by default the kernel may add 50 µs to each (prctl(2), PR_SET_TIMERSLACK). */
export function sharpenTimers(): void {
  check(prctlCall(PR_SET_TIMERSLACK, 1), 'prctl PR_SET_TIMERSLACK');
}

export function bind(fd: number, address: Uint8Array): void {
  check(bindCall(fd, address, address.length), 'bind');
}

/** Address space without pages behind it yet. It is never given back: it lives as long as the process. */
export function reserveMemory(length: number): { address: bigint; memory: ArrayBuffer } {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const address = mmap(0n, length, flags, -1);
  return { address, memory: koffi.view(address, length) };
}

/** Puts the rings of a packet socket at `address`, in place of the reserved memory there. */
export function mapRing(fd: number, address: bigint, length: number): void {
  mmap(address, length, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd);
}

function mmap(address: bigint, length: number, flags: number, fd: number): bigint {
  const result = BigInt(mmapCall(address, length, PROT_READ | PROT_WRITE, flags, fd, 0));
  if (result === MAP_FAILED) throw new SystemCallError('mmap', koffi.errno());
  return result;
}

/** Sends what lies ready in the TX ring; -1 when the kernel could not take all of it now. */
export function flushRing(fd: number): number {
  return Number(sendCall(fd, null, 0, MSG_DONTWAIT));
}

/** Descriptors to wait on, and a timeout, in the kernel's layout; made once and used for every wait. */
export class Poll {
  readonly #descriptors: Buffer;
  readonly #count: number;
  /** struct timespec, little-endian: seconds and nanoseconds, of which the upper halves stay 0. */
  readonly #timeout = new Int32Array(4);

  constructor(fds: readonly number[]) {
    this.#count = fds.length;
    this.#descriptors = Buffer.alloc(fds.length * POLLFD_LENGTH);
    fds.forEach((fd, i) => {
      this.#descriptors.writeInt32LE(fd, i * POLLFD_LENGTH);
      this.#descriptors.writeInt16LE(POLLIN, i * POLLFD_LENGTH + 4);
    });
  }

  /** Waits until one is readable or closed, or `timeout` ms have passed. Interruption by a signal counts as neither. */
  wait(timeout: number): void {
    const whole = Math.floor(timeout / 1000);
    this.#timeout[0] = whole;
    this.#timeout[2] = Math.floor((timeout - whole * 1000) * 1e6);
    if (ppollCall(this.#descriptors, this.#count, this.#timeout, null) < 0) {
      const errno = koffi.errno();
      if (errno !== EINTR) throw new SystemCallError('ppoll', errno);
    }
  }

  /** Whether the `i`th descriptor had something to say at the last `wait`. */
  isReady(i: number): boolean {
    return this.#descriptors.readInt16LE(i * POLLFD_LENGTH + 6) !== 0;
  }
}

export function interfaceIndex(name: string): number {
  const index = ifIndexCall(name);
  if (index === 0) throw new SystemCallError(`interface ${name}`, koffi.errno());
  return index;
}

/** An ioctl on a network interface whose argument the kernel reads and writes in place. */
export function interfaceIoctl(
  fd: number,
  request: { readonly name: string; readonly number: number },
  interfaceName: string,
  data: Uint8Array,
): void {
  const result = ioctlCall(fd, request.number, { name: interfaceName, data, rest: '' });
  check(result, `ioctl ${request.name} ${interfaceName}`);
}

export function closeDescriptor(fd: number): void {
  check(closeCall(fd), 'close');
}

/**
 * Runs `action` with this thread inside the network namespace at `path`. `action` must be synchronous: sockets it opens
 * and /proc/sys/net paths it reads belong to that namespace, and the thread is back home before anything else runs.
 */
export function inNetworkNamespace<T>(path: string, action: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openSync(path, 'r');
    try {
      check(setnsCall(there, CLONE_NEWNET), `setns ${path}`);
    } finally {
      closeSync(there);
    }
    try {
      return action();
    } finally {
      check(setnsCall(home, CLONE_NEWNET), 'setns back home');
    }
  } finally {
    closeSync(home);
  }
}

/** Ends this process without waiting for its threads, as `process.exit` does. What is not yet written is lost. */
export function exitAtOnce(status: number): void {
  exitCall(status);
}

function check(result: number, call: string): number {
  if (result < 0) throw new SystemCallError(call, koffi.errno());
  return result;
}

function errnoName(errno: number): string {
  const name = Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0];
  return name ?? `errno ${errno}`;
}

const SOCK_CLOEXEC = 0o2000000;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_POPULATE = 0x8000;
const MAP_FAILED = 0xffffffffffffffffn;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
const POLLFD_LENGTH = 8;
const EINTR = 4;
const PR_SET_TIMERSLACK = 29;
const CLONE_NEWNET = 0x40000000;
