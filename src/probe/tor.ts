import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { runCurl } from './curl.ts';
import { notRun } from './not-run.ts';
import type { Observation, ProbeRequest } from './observation.ts';
import { clientTorrc, TOR_DIRECTORY } from './tor-files.ts';
import { type Bootstrap, NOT_BEGUN, readTorLine, torFailureOf } from './tor-log.ts';

/** The real Tor as a client that knows nothing yet: it bootstraps, then curl fetches the URL through it. */
export async function probeTor(request: ProbeRequest): Promise<Observation> {
  const torrc = clientTorrc(request.bridge ?? 'none');
  if (!existsSync(torrc)) return { failure: null, says: '', skipped: whyNot() };
  const directory = await mkdtemp(join(tmpdir(), 'tor-'));
  const client = execa('tor', ['-f', torrc, '--DataDirectory', directory], {
    reject: false,
    stdin: 'ignore',
    buffer: false,
  });
  if (client.pid === undefined) return notRun(await client, 'tor', 'apt-get install tor');
  try {
    const reached = await bootstrapOf(client.stdout);
    const { percent, tag, summary, socksPort } = reached;
    if (percent < 100 || socksPort === undefined) {
      const says = `stuck at ${percent} % (${tag}): ${summary}`;
      return { failure: torFailureOf(reached), says, bootstrap: percent, failedAt: 'connect' };
    }
    const fetched = await runCurl(request, [
      `-${request.ip}`,
      '--socks5-hostname',
      `127.0.0.1:${socksPort}`,
    ]);
    const { failure, exit, status, skipped, says, failedAt } = fetched;
    const said = `bootstrapped ${percent} %, ${says}`;
    return { failure, says: said, exit, status, bootstrap: percent, skipped, failedAt };
  } finally {
    client.kill();
    await client;
    await rm(directory, { recursive: true, force: true });
  }
}

/** When it is done; or when it has ended, has come no further for a while, or its time is up. */
function bootstrapOf(log: Readable): Promise<Bootstrap> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: log });
    let reached = NOT_BEGUN;
    const finish = (): void => {
      clearTimeout(stuck);
      clearTimeout(late);
      lines.off('line', read);
      resolve(reached);
    };
    const read = (line: string): void => {
      const next = readTorLine(reached, line);
      if (next.percent > reached.percent) stuck.refresh();
      reached = next;
      if (reached.percent === 100) finish();
    };
    const stuck = setTimeout(finish, STUCK_AFTER);
    const late = setTimeout(finish, TIME_LIMIT);
    lines.on('line', read);
    lines.once('close', finish);
  });
}

function whyNot(): string {
  if (!existsSync(TOR_DIRECTORY)) return 'the scenario has no `tor`: there is no Tor network';
  const missing = existsSync(clientTorrc('none')) ? 'obfs4proxy' : 'tor';
  return `${missing} is not installed (apt-get install tor obfs4proxy)`;
}

/** In ms. A client that gets through needs 5 to 15 s for all of it, and a few for each stage. */
const STUCK_AFTER = 25_000;
const TIME_LIMIT = 60_000;
