import { existsSync } from 'node:fs';
import { mayMakeNamespaces, namespaceObstacle } from '../../netns/obstacle.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { CHROMIUM, missingOfChromium } from '../probe/chromium.ts';
import type { Scenario } from '../scenario/schema.ts';
import { openLab } from './lab.ts';
import { readRecords } from './lab-records.ts';
import { findLeftovers } from './leftovers.ts';
import { findTool, REQUIRED_TOOLS, tunObstacle } from './machine.ts';

/** One thing this machine can or cannot do. */
export interface Check {
  readonly what: string;
  /** `missing` stops every lab; `absent` only what needs it. */
  readonly state: 'ok' | 'missing' | 'absent';
  readonly detail: string;
  readonly fix?: string | undefined;
}

/** Looks for what labs need, then builds one and makes a probe in it: the proof is that it works. */
export async function diagnose(scenario: Scenario): Promise<Check[]> {
  const checks = [
    node(),
    ...Object.entries(REQUIRED_TOOLS).map(([name, debian]) => tool(name, debian, 'missing')),
    ...Object.entries(OPTIONAL_TOOLS).map(([name, debian]) => tool(name, debian, 'absent')),
    chromium(),
    file('/etc/ssl/certs', 'ca-certificates'),
    await rawSocket(),
    tun(),
    namespaces(),
    leftovers(),
  ];
  const blocked = checks.some(({ state }) => state === 'missing');
  return [...checks, blocked ? untried() : await trialLab(scenario)];
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'Node.js',
    state: isEnough ? 'ok' : 'missing',
    detail: process.versions.node,
    fix: isEnough ? undefined : 'install Node.js 20.19 or later',
  };
}

function tool(name: string, debian: string, otherwise: 'missing' | 'absent'): Check {
  const path = findTool(name);
  if (path !== undefined) return { what: name, state: 'ok', detail: path };
  return {
    what: name,
    state: otherwise,
    detail: 'not installed',
    fix: `as root: apt-get install ${debian}`,
  };
}

function chromium(): Check {
  const missing = missingOfChromium();
  const state = missing === undefined ? 'ok' : 'absent';
  return { what: 'chromium', state, detail: missing ?? CHROMIUM };
}

function file(path: string, debian: string): Check {
  if (existsSync(path)) return { what: path, state: 'ok', detail: 'the lab puts its own over it' };
  return {
    what: path,
    state: 'missing',
    detail: 'missing',
    fix: `as root: apt-get install ${debian}`,
  };
}

async function rawSocket(): Promise<Check> {
  const what = 'raw-socket';
  const { loadRawSocket } = await import('../dataplane/raw-socket.ts');
  const loaded = await loadRawSocket();
  if (loaded !== undefined) return { what, state: 'ok', detail: 'crafted packets can be sent' };
  return {
    what,
    state: 'absent',
    detail: 'not built: no crafted packets',
    fix: 'as root: apt-get install g++ make python3; then: npm rebuild raw-socket',
  };
}

function tun(): Check {
  const what = '/dev/net/tun';
  const obstacle = tunObstacle();
  if (obstacle === undefined) return { what, state: 'ok', detail: 'VPNs can be tried' };
  return { what, state: 'absent', detail: obstacle.message, fix: obstacle.hint };
}

function namespaces(): Check {
  const what = 'namespaces';
  const fix = namespaceObstacle();
  if (fix !== undefined) {
    return { what, state: 'missing', detail: 'forbidden by a kernel setting', fix };
  }
  return { what, state: 'ok', detail: mayMakeNamespaces() ? 'as root' : 'in a user namespace' };
}

function leftovers(): Check {
  const what = 'leftovers';
  try {
    const { leftOver } = readRecords();
    const count = leftOver.length + findLeftovers().length;
    if (count === 0) return { what, state: 'ok', detail: 'no lab has left anything' };
    const detail = `processes of ${count === 1 ? 'a lab' : `${count} labs`} whose owner is gone`;
    return { what, state: 'absent', detail, fix: '`chokepoint down --all` ends them' };
  } catch (error) {
    const fix = error instanceof ChokepointError ? error.hint : undefined;
    return { what, state: 'absent', detail: messageOf(error), fix };
  }
}

function untried(): Check {
  return { what: 'a lab', state: 'missing', detail: 'not tried: something above is missing' };
}

async function trialLab(scenario: Scenario): Promise<Check> {
  const what = 'a lab';
  const startedAt = performance.now();
  try {
    const lab = await openLab({ scenario });
    const readyMs = Math.round(performance.now() - startedAt);
    const probe = { probe: 'tcp', url: 'tcp://server:80', ip: 4 } as const;
    const { failure } = await lab.probe('client', probe).finally(() => lab.close());
    if (failure === null) return { what, state: 'ok', detail: `ready in ${readyMs} ms` };
    return { what, state: 'missing', detail: `client to server: ${failure}` };
  } catch (error) {
    const fix = error instanceof ChokepointError ? error.hint : undefined;
    return { what, state: 'missing', detail: messageOf(error), fix };
  }
}

const OPTIONAL_TOOLS: Readonly<Record<string, string>> = {
  curl: 'curl',
  dig: 'bind9-dnsutils',
  tshark: 'tshark',
  tor: 'tor',
  obfs4proxy: 'obfs4proxy',
  nginx: 'nginx-light',
  'gnutls-serv': 'gnutls-bin',
};
