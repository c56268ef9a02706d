import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { onHost, withFolder, withLab } from '../support/lab.ts';

/** Asks for a page again and again over one connection; prints each status. */
const CLIENT = `
  const http = require('http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (host) => http.get({ host: 'server', family: 4, port: 80, agent, headers: { host } }, (response) => {
    response.resume().on('end', () => console.log(response.statusCode, response.req.reusedSocket));
  }).on('error', (error) => console.log(error.code));
  require('readline').createInterface({ input: process.stdin }).on('line', ask);
`;

test('a middlebox that dies comes back sooner than two labs are built, and flows that were not blocked live on', () =>
  withFolder((out) => {
    const startedAt = performance.now();
    return withLab({ out }, async (lab) => {
      const built = performance.now() - startedAt;
      const client = lab.spawn('client', [process.execPath, '-e', CLIENT]);
      if (client.stdout === null) throw new Error('no stdout');
      const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
      const ask = async (host: string): Promise<string> => {
        client.stdin?.write(`${host}\n`);
        return (await lines.next()).value;
      };
      expect(await ask('example.org')).toBe('200 false');
      expect(await ask('example.org')).toBe('200 true');

      const before = await lab.middleboxPid();
      await onHost(lab, 'control', 'sh', '-c', `kill -9 ${before}`);
      // The same connection goes on: TCP sends again what was lost meanwhile.
      expect(await ask('example.org')).toBe('200 true');
      expect(await lab.middleboxPid()).not.toBe(before);
      const events = await lab.events();
      expect(events).toMatchObject([
        { event: 'middlebox-died', how: 'SIGKILL' },
        { event: 'middlebox-restarted' },
      ]);
      const [, restarted] = events;
      expect(restarted?.event === 'middlebox-restarted' && restarted.afterMs).toBeLessThan(
        2 * built,
      );

      // It is examined again, though the box never saw it begin.
      expect(await ask('meydan.tv')).toBe('ECONNRESET');
      const probe = { probe: 'curl', url: 'http://meydan.tv/', ip: 4 } as const;
      expect(await lab.probe('client', probe)).toMatchObject({ exit: 56 });
      expect(await lab.counters()).toMatchObject({ restarts: 1, decisions: 2 });
      client.stdin?.end();
      await once(client, 'close');
    });
  }));

test('a middlebox that dies again and again ends the lab, which says why', () =>
  withLab({}, async (lab) => {
    for (let killed: number | undefined, times = 0; times < 5; times++) {
      const isAnother = (pid: number | undefined) => pid !== undefined && pid !== killed;
      await expect.poll(() => lab.middleboxPid(), PATIENCE).toSatisfy(isAnother);
      killed = await lab.middleboxPid();
      // With the last one the lab ends, and so does the shell.
      await onHost(lab, 'control', 'sh', '-c', `kill -9 ${killed}`).catch(() => undefined);
    }
    expect(await lab.ended).toMatch(/the middlebox ended 5 times within 10 s \(SIGKILL\)/);
    await expect(lab.counters()).rejects.toMatchObject({ code: 'LAB_DIED' });
  }));

const PATIENCE = { timeout: 60_000 };
