import { type Fetched, type Lab, loadTool, startTool, type Tool } from 'chokepoint';
import { expect } from 'vitest';
import { onHost } from './lab.ts';
import { until } from './processes.ts';

/** Both fetched through a tool: over HTTP, and over HTTPS. */
export const BLOCKED = ['http://www.azadliq.info/', 'https://www.azadliq.info/'];
export const PAGE = { failure: null, status: 200 };

/** Blocked pages, over HTTP and HTTPS, and then the tool is gone. */
export async function fetchThrough(lab: Lab, tool: string | Tool): Promise<Fetched[]> {
  const running = await startTool(typeof tool === 'string' ? loadTool(tool) : tool, lab);
  try {
    const fetched: Fetched[] = [];
    for (const url of BLOCKED) fetched.push(await running.fetch({ url }));
    return fetched;
  } finally {
    await running.stop();
  }
}

/** Processes of the lab, its temporary files, and the links of both ends. */
export async function contentsOf(lab: Lab): Promise<string[]> {
  const script = 'cat /proc/[0-9]*/comm; ls "$TMPDIR" /sys/class/net';
  const far = await onHost(lab, 'server', 'sh', '-c', script);
  const near = await onHost(lab, 'client', 'sh', '-c', script);
  return (far + near).split('\n').sort();
}

/** Fails unless that is what is in the lab, once what has ended is taken away. */
export async function expectContents(lab: Lab, contents: readonly string[]): Promise<void> {
  const isSame = async (): Promise<boolean> =>
    (await contentsOf(lab)).join('\n') === contents.join('\n');
  await until('the lab is as before', isSame).catch(() => undefined);
  expect(await contentsOf(lab)).toEqual(contents);
}
