import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from '../../netns/sandbox.ts';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { isProgram } from '../files/program.ts';

/** Programs without which there is no lab, and the Debian package of each. */
export const REQUIRED_TOOLS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  perl: 'perl-base',
  openssl: 'openssl',
};

/** Throws one sentence that names every missing one of these programs, and the command that installs them all. */
export function requireTools(packageOf: Readonly<Record<string, string>>): void {
  const missing = Object.keys(packageOf).filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => packageOf[tool]))].join(' ');
  const names = missing.map((tool) => `\`${tool}\``).join(', ');
  throw new ChokepointError('MACHINE_CANNOT', `not installed: ${names}`, {
    hint: `as root: apt-get install ${packages}`,
  });
}

/** Throws where whoever runs this cannot have an interface of their own, as VPNs make. */
export function requireTun(): void {
  const obstacle = tunObstacle();
  if (obstacle === undefined) return;
  const { message, hint } = obstacle;
  throw new ChokepointError('MACHINE_CANNOT', message, { hint });
}

/** Why the device cannot be opened, which in a lab is as it is outside, and what mends it; undefined if it can be. */
export function tunObstacle(
  device = TUN,
): { readonly message: string; readonly hint: string } | undefined {
  try {
    closeSync(openSync(device, constants.O_RDWR));
    return undefined;
  } catch (error) {
    const isThere = !ABSENT.includes((error as NodeJS.ErrnoException).code ?? '');
    const hint = isThere ? `as root: chmod 0666 ${device}` : 'as root: modprobe tun';
    return { message: `no interface of its own: ${messageOf(error)}`, hint };
  }
}

/** Where a program is, on the PATH that labs use. */
export function findTool(name: string): string | undefined {
  return searchPath()
    .split(':')
    .map((directory) => join(directory, name))
    .find(isProgram);
}

/** udev lets everybody open it (MODE="0666" in systemd's 50-udev-default.rules); machines without udev do not. */
const TUN = '/dev/net/tun';
const ABSENT: readonly string[] = ['ENOENT', 'ENODEV', 'ENXIO'];
