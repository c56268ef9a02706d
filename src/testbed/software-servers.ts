import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError } from '../base/errors.ts';
import type { CertificateMint } from '../origin/authority.ts';
import { DH_GROUPS } from '../origin/software/dh-groups.ts';
import { gnutls } from '../origin/software/gnutls.ts';
import { nginx } from '../origin/software/nginx.ts';
import { openssl } from '../origin/software/openssl.ts';
import { CERTIFICATE, DH_PARAMETERS, KEY, type Software } from '../origin/software/software.ts';
import type { OutsideHost, Scenario } from '../scenario/schema.ts';
import { speaksTlsAlone } from '../scenario/software.ts';
import { listenersBeside } from './listening.ts';
import { findTool } from './machine.ts';

/** What can serve a host instead of the lab's own web server. */
export const SOFTWARE: Readonly<Record<NonNullable<OutsideHost['software']>, Software>> = {
  nginx,
  openssl,
  gnutls,
};

export interface SoftwareOptions {
  readonly host: string;
  readonly software: Software;
  readonly spec: OutsideHost;
  /** Whose ports count where the host has none of its own. */
  readonly origin: Scenario['origin'];
  readonly mint: CertificateMint;
  /** For its files; it need not exist. */
  readonly folder: string;
  /** The command that runs another on the host. */
  readonly enter: readonly string[];
  /** It has ended, which it does not by itself. */
  readonly onDeath: (how: string) => void;
}

/** Starts the server of a host and returns when it listens on each of its ports. */
export async function startSoftware(options: SoftwareOptions): Promise<void> {
  const { host, software, spec, origin, mint, folder } = options;
  const { http_ports = origin.http_ports, tls_ports = origin.tls_ports, names = [host] } = spec;
  await mkdir(folder, { recursive: true });
  const bits = spec.tls?.bits ?? USUAL_BITS;
  const { key, cert } = await mint.rsaCertificateFor(names, bits);
  const site = {
    folder,
    httpPorts: speaksTlsAlone(spec) ? [] : http_ports,
    tlsPorts: tls_ports,
    tls: spec.tls ?? {},
  };
  const { files, commands } = software.plan(site);
  const written = { [KEY]: key, [CERTIFICATE]: cert, [DH_PARAMETERS]: DH_GROUPS[bits], ...files };
  await Promise.all(
    Object.entries(written).map(([name, text]) => writeFile(join(folder, name), text)),
  );
  const pids = commands.map((command) => start(command, options));
  const ports = [...site.httpPorts, ...site.tlsPorts];
  await listening(pids[0] as number, ports, `${host}: ${software.tool}`);
}

function start(
  command: readonly string[],
  { host, software, folder, enter, onDeath }: SoftwareOptions,
): number {
  const [program, ...args] = [...enter, ...command];
  const child = spawn(program as string, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.trim() !== '') complaint = line;
  });
  const told = (how: string): void => onDeath(`${software.tool} on host ${host} ${how}`);
  child.once('error', ({ message }) => told(message));
  child.once('close', () => told(`was ended: ${complaint}`));
  return child.pid as number;
}

/** By the kernel's list of the sockets in the namespace that the process is in. */
async function listening(pid: number, ports: readonly number[], who: string): Promise<void> {
  for (let waited = 0; waited < START_TIMEOUT; waited += POLL) {
    const open = new Set(listenersBeside(pid).map(({ port }) => port));
    if (ports.every((port) => open.has(port))) return;
    await pause(POLL);
  }
  const within = `within ${START_TIMEOUT / 1000} s`;
  throw new ChokepointError('LAB_FAILED', `${who} did not listen on ${ports.join(', ')} ${within}`);
}

/** Why no probe can reach a host, if its server is not installed. */
export function missingSoftware(spec: OutsideHost | undefined): string | undefined {
  if (spec?.software === undefined) return undefined;
  const { tool, debian } = SOFTWARE[spec.software];
  if (findTool(tool) !== undefined) return undefined;
  return `${tool} is not installed (apt-get install ${debian})`;
}

const USUAL_BITS = 2048;
/** In ms. */
const POLL = 20;
const START_TIMEOUT = 20_000;
