import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that somebody listens on. */
interface Listener {
  readonly port: number;
  readonly inode: string;
}

/** By the kernel's list of the sockets in the network namespace that the process is in; none when it has ended. */
export function listenersBeside(pid: number): Listener[] {
  const tables = ['tcp', 'tcp6'].map((name) => textOf(`/proc/${pid}/net/${name}`));
  return [...tables.join('\n').matchAll(LISTENING)].map(([, port = '', inode = '']) => ({
    port: Number.parseInt(port, 16),
    inode,
  }));
}

/** TCP ports that the processes in the same pid namespace as this one listen on, and nobody else's. */
export function portsOfNamespace(pid: number): number[] {
  const own = linkOf(`/proc/${pid}/ns/pid`);
  if (own === undefined) return [];
  const members = namesIn('/proc').filter((one) => linkOf(`/proc/${one}/ns/pid`) === own);
  const files = members.flatMap((one) =>
    namesIn(`/proc/${one}/fd`).map((fd) => linkOf(`/proc/${one}/fd/${fd}`)),
  );
  const sockets = new Set(files);
  const listeners = listenersBeside(pid).filter(({ inode }) => sockets.has(`socket:[${inode}]`));
  return [...new Set(listeners.map(({ port }) => port))];
}

/* Processes end at any moment: of one that is gone there is nothing to read. */

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Those that are numbers: of processes, and of what they have open. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Local port, remote end and the state LISTEN, then the inode as the eighth field; see proc(5). */
const LISTENING = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;
