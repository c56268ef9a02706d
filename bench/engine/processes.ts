import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suricataVersion } from '../suricata.ts';
import { captureOf } from './capture.ts';
import type { Sample } from './table.ts';

/** Something that can be measured, again and again. */
export interface ProcessCase {
  readonly name: string;
  measure(): Sample;
}

export interface Files {
  readonly capture: string;
  readonly names: string;
}

export interface Size {
  readonly packets: number;
}

/** One of the cases, in a process of Node of its own. */
export function workerCase(name: string, files: Files, seconds: number): ProcessCase {
  const program = fileURLToPath(new URL('worker.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', program, name, files.capture, files.names];
  return {
    name,
    measure: () => JSON.parse(run(process.execPath, [...args, String(seconds)]).stdout) as Sample,
  };
}

/** A capture file read by the command `replay`, less what starting takes: beside the engine alone it shows what reading a file costs. */
export function replayCase(option: string, { capture }: Files, { packets }: Size): ProcessCase {
  const program = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
  const empty = emptyBeside(capture);
  const time = (file: string): number =>
    cpuSeconds(() => run(process.execPath, [program, 'replay', file, ...option.split(' ')]));
  return {
    name: `replay ${option}`,
    measure: () => ({ nsPerPacket: (1e9 * (time(capture) - time(empty))) / packets }),
  };
}

/** All of the capture dissected; or a sentence, if tshark is not there. */
export function tsharkCase({ capture }: Files, { packets }: Size): ProcessCase | string {
  const { stdout } = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  const version = /TShark.* (\d[\d.]*)/.exec(stdout ?? '')?.[1];
  if (version === undefined)
    return 'tshark was skipped: it is not installed (no `tshark` on the PATH)';
  const args = ['-n', '-Y', 'tls.handshake.extensions_server_name', '-T', 'fields'];
  args.push('-e', 'tls.handshake.extensions_server_name');
  const empty = emptyBeside(capture);
  const time = (file: string): number => cpuSeconds(() => run('tshark', [...args, '-r', file]));
  return {
    name: `tshark ${version}, all server names`,
    measure: () => ({ nsPerPacket: (1e9 * (time(capture) - time(empty))) / packets }),
  };
}

/** The capture read offline on one thread, with 100,000 server names in a dataset; less what starting takes. */
export function suricataCase(
  { capture, names }: Files,
  { packets }: Size,
  folder: string,
): ProcessCase | string {
  const version = suricataVersion();
  if (version === undefined) {
    return 'Suricata was skipped: it is not installed (no `suricata` on the PATH)';
  }
  const empty = emptyBeside(capture);
  const [settings, rules, list] = ['suricata.yaml', 'suricata.rules', 'list'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const listed = readFileSync(names, 'utf8').split('\n').slice(0, 100_000);
  writeFileSync(
    list,
    listed.map((name) => `${Buffer.from(`www.${name}`).toString('base64')}\n`).join(''),
  );
  writeFileSync(settings, SETTINGS);
  writeFileSync(rules, RULES.replaceAll('LIST', list));
  const args = ['-c', settings, '-S', rules, '-l', folder, '--runmode', 'single', '-k', 'none'];
  const time = (file: string): number => cpuSeconds(() => run('suricata', [...args, '-r', file]));
  return {
    name: `Suricata ${version}, 100,000 names`,
    measure: () => ({ nsPerPacket: (1e9 * (time(capture) - time(empty))) / packets }),
  };
}

/** A capture file with the first packet alone: Suricata reads none without any. */
function emptyBeside(capture: string): string {
  const path = `${capture}.empty`;
  const bytes = readFileSync(capture);
  const { places } = captureOf(bytes);
  writeFileSync(path, bytes.subarray(0, places[1]));
  return path;
}

/** Of the processors' time, the children's; what else runs on this machine does not count. */
function cpuSeconds(work: () => unknown): number {
  const before = childSeconds();
  work();
  return childSeconds() - before;
}

/** proc_pid_stat(5), fields 16 and 17, in hundredths of a second. */
function childSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function run(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status === 0) return done;
  throw new Error(`${program}: exit status ${done.status}\n${done.stderr}${done.stdout}`);
}

const RULES = `
alert tls any any -> any any (msg:"sni"; tls.sni; dataset:isset,names,type string,load LIST,memcap 200mb,hashsize 200000; sid:1;)
alert http any any -> any any (msg:"host"; http.host; dataset:isset,names,type string,load LIST,memcap 200mb,hashsize 200000; sid:2;)
`;
const SETTINGS = `%YAML 1.1
---
outputs: []
stats: {enabled: no}
unix-command: {enabled: no}
logging: {default-log-level: error, outputs: [{console: {enabled: yes}}]}
vars: {address-groups: {HOME_NET: any, EXTERNAL_NET: any}, port-groups: {HTTP_PORTS: any}}
flow: {memcap: 512mb, hash-size: 65536, prealloc: 10000}
stream: {memcap: 512mb, checksum-validation: no, reassembly: {memcap: 512mb, depth: 1mb}}
app-layer: {protocols: {http: {enabled: yes}, tls: {enabled: yes, detection-ports: {dp: 443}}}}
`;
