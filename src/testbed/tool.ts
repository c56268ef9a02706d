import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError } from '../base/errors.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { clientTorrc } from '../probe/tor-files.ts';
import { fillIn, type Tool } from '../scenario/tool-file.ts';
import type { Placeholder, Through, ToolProgram } from '../scenario/tool-schema.ts';
import type { Lab } from './lab.ts';
import { requireTools, requireTun } from './machine.ts';
import { startToolProgram, type ToolProcess } from './tool-process.ts';

export interface StartToolOptions {
  /** The host that fetches; by default the lab's first client. */
  readonly from?: string | undefined;
  /** Gives up starting it. */
  readonly signal?: AbortSignal | undefined;
}

export interface ToolRequest {
  readonly url: string;
  /** Where curl resolves the name itself: by default 4. */
  readonly ip?: 4 | 6 | undefined;
  /** Where curl would resolve the name itself: a host to whose address it goes instead. */
  readonly connect?: string | undefined;
  /** The only version of TLS that curl offers, and the only group with a key share. */
  readonly tls?: ProbeRequest['tls'];
  readonly group?: ProbeRequest['group'];
  /** By default 15 s. */
  readonly timeoutMs?: number | undefined;
}

/** What came of a fetch through a tool. */
export interface Fetched {
  /** Null only if the page that the lab's server has for this name came, with status 200. */
  readonly failure: string | null;
  readonly status: number | null;
  readonly page: string;
  /** curl's own words. */
  readonly says: string;
}

/**
 * Starts a tool in a lab, its server before its client. Rejects with a `ToolFailure` when one of them does not become what the
 * tool's file says; nothing of it is left then.
 */
export async function startTool(
  tool: Tool,
  lab: Lab,
  { from = Object.keys(lab.hosts)[0] as string, signal }: StartToolOptions = {},
): Promise<RunningTool> {
  requireTools(tool.programs);
  if (tool.needs === 'tun-device') requireTun();
  requireLab(tool, lab, from);
  const folder = await lab.makeToolFolder(tool.id);
  const values = valuesFor(tool, lab, { from, folder });
  const { files, server, client, through } = mapTexts(tool, (text) => fillIn(text, values));
  const processes = new Map<string, ToolProcess>();
  const start = async (part: string, program: ToolProgram, host: string): Promise<void> => {
    const place = { lab, host, folder };
    processes.set(part, await startToolProgram(`${tool.id}: its ${part}`, program, place, signal));
  };
  const parts = { lab, from, folder, through, processes };
  try {
    await lab.writeToolFiles(folder, files);
    if (server !== undefined) await start('server', server, server.host);
    if (client !== undefined) await start('client', client, from);
    return new RunningTool(parts);
  } catch (error) {
    await end(parts);
    throw error;
  }
}

interface Parts {
  readonly lab: Lab;
  readonly from: string;
  readonly folder: string;
  readonly through: Through;
  /** By `server` and `client`. */
  readonly processes: ReadonlyMap<string, ToolProcess>;
}

/** A tool that is up, until `stop`, or until its lab ends. */
export class RunningTool {
  readonly #parts: Parts;
  readonly #death: Promise<never>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#death = Promise.race([...parts.processes.values()].map((one) => one.untilDeath()));
    this.#death.catch(() => undefined); // whoever fetches is told
  }

  /** What its programs said, each line with whose it is; the last of it, if that is much. */
  get log(): string {
    const lines = [...this.#parts.processes].flatMap(([part, { log }]) =>
      log.split('\n').flatMap((line) => (line === '' ? [] : `${part}: ${line}\n`)),
    );
    return lines.join('');
  }

  /** Fetches from the client's host. Rejects with a `ToolFailure` when a program of the tool has ended. */
  async fetch(request: ToolRequest): Promise<Fetched> {
    const { lab, from, through } = this.#parts;
    const seen = await Promise.race([lab.probe(from, probeOf(request, through)), this.#death]);
    if (seen.skipped !== undefined) throw new ChokepointError('MACHINE_CANNOT', seen.skipped);
    if (seen.broken !== undefined) throw new ChokepointError('LAB_FAILED', seen.broken);
    const fetched = judge(seen, new URL(request.url).host);
    // What broke the connection may be the tool's end, of which the news comes later.
    if (fetched.failure !== null) await Promise.race([this.#death, pause(NEWS)]);
    return fetched;
  }

  /** Ends its programs and removes its folder. */
  stop(): Promise<void> {
    return end(this.#parts);
  }
}

async function end({ lab, folder, processes }: Parts): Promise<void> {
  await Promise.all([...processes.values()].map((process) => process.stop()));
  await lab.removeToolFolder(folder);
}

function probeOf(request: ToolRequest, through: Through): ProbeRequest {
  const { url, ip = 4, connect, tls, group, timeoutMs } = request;
  const common = { probe: 'curl', ip, tls, group, timeoutMs, keepsPage: true } as const;
  const { front, proxy, connect: endpoint, command } = through;
  if (front !== undefined) {
    return { ...common, url: `https://${front}/`, host: new URL(url).host, connect };
  }
  if (proxy !== undefined) return { ...common, url, through: { proxy } };
  if (endpoint !== undefined) return { ...common, url, through: { connect: endpoint } };
  return { ...common, url, through: { command }, connect };
}

function judge({ failure, status, page = '', says }: Observation, host: string): Fetched {
  const seen = { status: status ?? null, page, says };
  if (failure !== null) return { ...seen, failure };
  if (status !== 200) return { ...seen, failure: `unknown_failure: HTTP ${status}` };
  // So all of a lab's web servers write it.
  if (page.includes(`<h1>${host}</h1>`)) return { ...seen, failure };
  return { ...seen, failure: `unknown_failure: not the page of ${host}` };
}

function requireLab({ id, needs, server }: Tool, lab: Lab, from: string): void {
  for (const host of [from, server?.host ?? 'server']) {
    if (Object.hasOwn(lab.holders, host)) continue;
    throw new ChokepointError('HOST_UNKNOWN', `${id}: the lab has no host "${host}"`, {
      hint: `name one of ${Object.keys(lab.hosts).join(', ')}`,
    });
  }
  if (needs !== 'tor-network' || lab.hasTorNetwork) return;
  throw new ChokepointError('USAGE', `${id}: the lab has no Tor network`, {
    hint: 'open that of a scenario with `tor: {}`, which `scenarioFor` makes of any',
  });
}

function valuesFor(
  { server, here }: Tool,
  { hosts }: Lab,
  { from, folder }: { readonly from: string; readonly folder: string },
): Readonly<Record<Placeholder, string>> {
  const far = hosts[server?.host ?? 'server'] as Lab['hosts'][string];
  const near = hosts[from] as Lab['hosts'][string];
  return {
    folder,
    here,
    server: far.ipv4,
    server6: far.ipv6,
    client: near.ipv4,
    client6: near.ipv6,
    'tor-none': clientTorrc('none'),
    'tor-plain': clientTorrc('plain'),
    'tor-obfs4': clientTorrc('obfs4'),
  };
}

/** The same value with each text in it changed. */
function mapTexts<T>(value: T, change: (text: string) => string): T {
  const copy = JSON.stringify(value, (_, inner) =>
    typeof inner === 'string' ? change(inner) : inner,
  );
  return JSON.parse(copy) as T;
}

/** In ms. */
const NEWS = 200;
