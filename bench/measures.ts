import type { Lab } from 'chokepoint';
import { run, start, writeFile } from './programs.ts';

/** One round of one contender. */
export interface Sample {
  /** Until a lab with it is ready. */
  readonly readyMs: number;
  readonly bulkGbps: number;
  /** HTTP requests with a TCP connection each. */
  readonly connectionsPerSecond: number;
  /** HTTP requests one after the other on one connection. */
  readonly requestsPerSecond: number;
  /** The median of these. */
  readonly roundTripUs: number;
}

/** Runs the loads from `client` to `server` one after the other, `seconds` each. */
export async function measure(lab: Lab, seconds: number): Promise<Omit<Sample, 'readyMs'>> {
  const url = `http://${lab.hosts.server.ipv4}:${HTTP_PORT}/`;
  const settings = await writeFile(lab, 'nginx.conf', NGINX_SETTINGS);
  start(lab, 'server', ['nginx', '-e', 'stderr', '-c', settings]);
  start(lab, 'server', ['iperf3', '--server', '--port', String(BULK_PORT)]);
  for (const port of [HTTP_PORT, BULK_PORT]) {
    await run(lab, 'server', ['timeout', '10', 'sh', '-c', WAIT_SCRIPT, 'sh', String(port)]);
  }
  await run(lab, 'client', ['curl', '--silent', '--fail', '--max-time', '10', url]);
  const bulkGbps = await bulk(lab, seconds);
  const anew = await load(lab, [`-c${CLIENTS}`, `-d${seconds}`, '-H', 'Connection: close', url]);
  const kept = await load(lab, ['-c1', `-d${seconds}`, url]);
  return {
    bulkGbps,
    connectionsPerSecond: anew.perSecond,
    requestsPerSecond: kept.perSecond,
    roundTripUs: kept.medianUs,
  };
}

async function bulk(lab: Lab, seconds: number): Promise<number> {
  const to = ['--client', lab.hosts.server.ipv4, '--port', String(BULK_PORT)];
  const json = await run(lab, 'client', ['iperf3', ...to, '--time', String(seconds), '--json']);
  const { end, error } = JSON.parse(json) as BulkReport;
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  return end.sum_received.bits_per_second / 1e9;
}

async function load(
  lab: Lab,
  args: readonly string[],
): Promise<{ perSecond: number; medianUs: number }> {
  const said = await run(lab, 'client', ['wrk', '-t1', '--latency', ...args]);
  const perSecond = /^Requests\/sec: +([\d.]+)$/m.exec(said)?.[1];
  const median = /^ +50% +([\d.]+)(us|ms|s)$/m.exec(said);
  const failed = /Socket errors|Non-2xx/.test(said);
  if (failed || perSecond === undefined || median === null) throw new Error(`wrk: ${said}`);
  const [, value, unit] = median;
  return { perSecond: Number(perSecond), medianUs: Number(value) * MICROSECONDS[unit as 'us'] };
}

/** What is used of iperf3's report. */
interface BulkReport {
  readonly error?: string;
  readonly end: { readonly sum_received: { readonly bits_per_second: number } };
}

/** Ports that no host of a lab uses. */
const HTTP_PORT = 18_080;
const BULK_PORT = 15_201;
/** Connections open at a time, in the measure of new ones. */
const CLIENTS = 16;
const MICROSECONDS = { us: 1, ms: 1e3, s: 1e6 };
const WAIT_SCRIPT = 'until ss -Hltn "sport = :$1" | grep -q .; do sleep 0.02; done';
const NGINX_SETTINGS = `
user root;
daemon off;
worker_processes 1;
error_log stderr emerg;
pid /run/chokepoint/tmp/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path /run/chokepoint/tmp/body;
  proxy_temp_path /run/chokepoint/tmp/proxy;
  fastcgi_temp_path /run/chokepoint/tmp/fastcgi;
  uwsgi_temp_path /run/chokepoint/tmp/uwsgi;
  scgi_temp_path /run/chokepoint/tmp/scgi;
  server {
    listen ${HTTP_PORT} backlog=4096;
    location / { return 200 "Served by a lab host.\\n"; }
  }
}
`;
