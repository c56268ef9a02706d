import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { ChokepointError } from '../base/errors.ts';
import {
  type AuthorityKeys,
  authoritiesOf,
  authorityDaemons,
  bridgeDaemons,
  clientTorrcOf,
  directoryLines,
  exitsIn,
  obfs4Bridge,
  plainBridge,
  type TorDaemon,
  type TorPlan,
} from '../origin/tor-network.ts';
import { type Bridge, clientTorrc, TOR_DIRECTORY } from '../probe/tor-files.ts';
import { NOT_BEGUN, readTorLine } from '../probe/tor-log.ts';
import type { TorSpec } from '../scenario/schema.ts';
import { findTool } from './machine.ts';

export interface TorNetworkOptions {
  readonly spec: TorSpec;
  readonly address: string;
  /** The command that runs another on the network's host. */
  readonly enter: readonly string[];
  readonly onProgress: (text: string) => void;
  /** One of its processes has ended, which none does by itself. */
  readonly onDeath: (how: string) => void;
}

/**
 * Starts a private Tor network and returns when its bridges are part of it; clients then find their configurations where
 * `clientTorrc` says. Without Debian's `tor` there is none, and without obfs4proxy no such bridge: who asks is told.
 */
export async function startTorNetwork(options: TorNetworkOptions): Promise<void> {
  const { spec, address, onProgress } = options;
  await mkdir(TOR_DIRECTORY, { recursive: true });
  if (findTool('tor') === undefined || findTool('tor-gencert') === undefined) return;
  const plan: TorPlan = {
    address,
    relayPorts: spec.relay_ports,
    directoryPorts: spec.directory_ports,
    plainPort: spec.plain_port,
    obfs4Port: spec.obfs4_port,
    obfs4proxy: findTool('obfs4proxy'),
  };
  onProgress('tor: making keys');
  const keys = await Promise.all(
    authoritiesOf(plan).map(({ name, directoryPort }) =>
      makeKeys(name, `${address}:${directoryPort}`),
    ),
  );
  const directory = directoryLines(plan, keys);
  onProgress('tor: waiting for the relays to agree');
  await inTime(
    startAuthorities(authorityDaemons(plan, directory), options).then(() =>
      startBridges(bridgeDaemons(plan, directory), options),
    ),
  );
  await writeClients(plan, directory);
}

async function makeKeys(name: string, address: string): Promise<AuthorityKeys> {
  const folder = join(TOR_DIRECTORY, name);
  const keys = join(folder, 'keys');
  for (const path of [folder, keys]) await mkdir(path, { mode: 0o700 });
  const [identity, signing, certificate] = ['identity_key', 'signing_key', 'certificate'].map(
    (file) => join(keys, `authority_${file}`),
  ) as [string, string, string];
  await tool('tor-gencert', [
    ...['--create-identity-key', '--passphrase-fd', '0', '-m', '12', '-a', address],
    ...['-i', identity, '-s', signing, '-c', certificate],
  ]);
  const v3ident = /^fingerprint (\w+)$/m.exec(await readFile(certificate, 'utf8'))?.[1] ?? '';
  // Its own line among the authorities holds the fingerprint that is asked for: any will do until then.
  const unknown = `${name} orport=1 no-v2 v3ident=${v3ident} ${address} ${'f'.repeat(40)}`;
  const torrc = join(folder, 'torrc');
  await writeFile(
    torrc,
    `DataDirectory ${folder}\nNickname ${name}\nORPort 1\nAddress ${address.replace(/:.*/, '')}\n`,
  );
  await tool('tor', [
    ...['-f', torrc, '--list-fingerprint', '--quiet', '--TestingTorNetwork', '1'],
    ...['--DirAuthority', unknown],
  ]);
  return { v3ident, fingerprint: await fingerprintOf(name) };
}

/** Tor writes its own into its folder. */
async function fingerprintOf(name: string): Promise<string> {
  const text = await readFile(join(TOR_DIRECTORY, name, 'fingerprint'), 'utf8');
  return text.trim().split(' ')[1] as string;
}

/** By Node's own means, as all of the agent; `tor-gencert` reads an empty passphrase. */
async function tool(program: string, args: readonly string[]): Promise<void> {
  const running = promisify(execFile)(program, args, { timeout: KEYS_TIMEOUT });
  running.child.stdin?.on('error', () => undefined); // it ended early; its exit status tells
  running.child.stdin?.end('\n');
  try {
    await running;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & Record<string, string>;
    throw new ChokepointError('LAB_FAILED', `${program}: ${lastLine(stderr + stdout) || message}`, {
      cause: error,
    });
  }
}

/** Resolves when every authority has a consensus of all of them: whoever asks before is refused, and long in asking again. */
async function startAuthorities(
  authorities: readonly TorDaemon[],
  options: TorNetworkOptions,
): Promise<void> {
  await Promise.all(
    authorities.map(async (daemon) => {
      const log = await startDaemon(daemon, options);
      const file = join(TOR_DIRECTORY, daemon.name, 'cached-microdesc-consensus');
      await new Promise<void>((resolve, reject) => {
        log.on('line', (line) => {
          if (!line.includes('Published microdesc consensus')) return;
          readFile(file, 'utf8').then((consensus) => {
            if (exitsIn(consensus) === authorities.length) resolve();
          }, reject);
        });
      });
    }),
  );
}

/** Resolves when every bridge has built a circuit through the network. */
async function startBridges(
  bridges: readonly TorDaemon[],
  options: TorNetworkOptions,
): Promise<void> {
  const percents = new Map(bridges.map(({ name }) => [name, 0]));
  let told = 0;
  const reach = (name: string, percent: number): void => {
    percents.set(name, percent);
    const least = Math.min(...percents.values());
    if (least > told) options.onProgress(`tor: bootstrapped ${least} %`);
    told = Math.max(told, least);
  };
  await Promise.all(
    bridges.map(async (daemon) => {
      const log = await startDaemon(daemon, options);
      let reached = NOT_BEGUN;
      await new Promise<void>((resolve) => {
        log.on('line', (line) => {
          reached = readTorLine(reached, line);
          reach(daemon.name, reached.percent);
          if (reached.percent === 100) resolve();
        });
      });
    }),
  );
}

/** Its log, line by line. */
async function startDaemon(
  { name, torrc }: TorDaemon,
  { enter, onDeath }: TorNetworkOptions,
): Promise<Interface> {
  const folder = join(TOR_DIRECTORY, name);
  await mkdir(folder, { mode: 0o700, recursive: true });
  const file = join(folder, 'torrc');
  await writeFile(file, `DataDirectory ${folder}\nLog notice file ${folder}/log\n${torrc}`);
  const [program, ...args] = [...enter, 'tor', '-f', file];
  const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const log = createInterface({ input: child.stdout });
  let complaint = '';
  log.on('line', (line) => {
    if (/\[(warn|err)\]/.test(line)) complaint = line;
  });
  child.once('error', ({ message }) => onDeath(`tor process ${name}: ${message}`));
  child.once('exit', () => onDeath(`tor process ${name} was ended: ${complaint}`));
  return log;
}

function inTime(starting: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_resolve, reject) => {
    timer = setTimeout(() => {
      const within = `within ${START_TIMEOUT / 1000} s`;
      reject(new ChokepointError('LAB_FAILED', `the Tor network did not come up ${within}`));
    }, START_TIMEOUT);
  });
  return Promise.race([starting, late]).finally(() => clearTimeout(timer));
}

async function writeClients(plan: TorPlan, directory: string): Promise<void> {
  const write = (bridge: Bridge, line: string | undefined, more = ''): Promise<void> =>
    writeFile(clientTorrc(bridge), clientTorrcOf(directory, line, more));
  await write('none', undefined);
  await write('plain', plainBridge(plan, await fingerprintOf('plain')));
  if (plan.obfs4proxy === undefined) return;
  const state = join(TOR_DIRECTORY, 'obfs4', 'pt_state', 'obfs4_bridgeline.txt');
  const line = obfs4Bridge(plan, await fingerprintOf('obfs4'), await readFile(state, 'utf8'));
  await write('obfs4', line, `ClientTransportPlugin obfs4 exec ${plan.obfs4proxy}\n`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** In ms. On two idle cores keys take 3 s, all of it 10 to 15. */
const KEYS_TIMEOUT = 60_000;
const START_TIMEOUT = 180_000;
