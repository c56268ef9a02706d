import { existsSync } from 'node:fs';
import { findTool, REQUIRED_TOOLS, requireTools } from '../../src/testbed/machine.ts';
import build from './build.ts';

/** End-to-end tests run the built program on the real machine: what is missing fails them, with the fix. */
export default function requireMachine(): void {
  requireTools(REQUIRED_TOOLS);
  const missing = TOOLS.filter((tool) => findTool(tool) === undefined);
  if (!existsSync('/usr/bin/chromium')) missing.push('/usr/bin/chromium');
  if (missing.length > 0) {
    throw new Error(`end-to-end tests need ${missing.join(', ')}. As root: make setup-test`);
  }
  build();
}

const TOOLS: readonly string[] = [
  ...['curl', 'dig', 'tshark', 'dumpcap', 'nft'],
  ...['tor', 'obfs4proxy', 'nginx', 'gnutls-serv'],
];
