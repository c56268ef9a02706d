import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, openLab } from 'chokepoint';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { onHost } from '../support/lab.ts';
import { scenarioOf } from '../support/scenarios.ts';

/* The first moments with which a calendar can begin, and the last; certificates of any year that a date can name. */

const HOSTS = `hosts:
  forever: ${hostOf('forever', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z')}
  old: ${hostOf('old', '0030-12-31T23:59:59.999Z', '2050-01-01T00:00:00Z')}
  ended: ${hostOf('ended', '0000-01-01T00:00:00Z', '0040-01-01T00:00:00Z')}
  future: ${hostOf('future', '9999-01-01T00:00:00Z', '9999-12-31T23:59:59Z')}
`;
const SCENARIO = parseScenario(
  `${scenarioOf({
    period: '{ from: "1970-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z" }',
    evidence: 'period, networks, topology, origin, profiles, rules, hosts',
  })}${HOSTS}`,
  'x.yaml',
);

describe.each(['1970-01-01T00:00:00Z', '9998-12-31T23:59:59Z'])(
  'a lab whose calendar begins with %s',
  (at) => {
    let lab: Lab;
    let out: string;
    beforeAll(async () => {
      out = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
      lab = await openLab({ scenario: SCENARIO, at, out });
    });
    afterAll(async () => {
      await lab?.close();
      rmSync(out, { recursive: true, force: true });
    });
    const expectNow = (time: number): void => {
      expect(time).toBeGreaterThanOrEqual(Date.parse(at));
      expect(time).toBeLessThan(Date.parse(at) + 120_000);
    };

    test('dates decisions, connections and frames by it', async () => {
      const mark = await lab.mark('server');
      const url = 'http://meydan.tv/';
      const seen = await lab.probe('client', { probe: 'http', url, ip: 4, connect: 'server' });
      expect(seen.failure).toBe('connection_reset');
      const [decision] = await lab.events(mark);
      expectNow(Date.parse(decision?.time ?? ''));
      const [connection] = await lab.connections('server', mark);
      expectNow(Date.parse(connection?.openedAt ?? ''));
      const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-c', '1'];
      const { stdout } = await execa('tshark', ['-r', join(out, 'wire.pcapng'), ...fields]);
      expectNow(Number(stdout) * 1000);
    });

    test.each([
      ['forever', null, 'NotBefore: Jan  1 00:00:00 0 GMT; NotAfter: Dec 31 23:59:59 9999 GMT'],
      ['old', null, 'NotBefore: Dec 31 23:59:59 30 GMT; NotAfter: Jan  1 00:00:00 2050 GMT'],
      ['ended', 'ssl_invalid_certificate', 'verify error:num=10:certificate has expired'],
      ['future', 'ssl_invalid_certificate', 'verify error:num=9:certificate is not yet valid'],
    ])('certificate of %s: probes and openssl agree', async (name, failure, says) => {
      const url = `https://${name}.example/`;
      const seen = await lab.probe('client', { probe: 'https', url, ip: 4 });
      expect(seen.failure).toBe(failure);
      const command = `openssl s_client -connect ${name}.example:443 </dev/null 2>&1`;
      expect(await onHost(lab, 'client', 'sh', '-c', command)).toContain(says);
    });
  },
);

test('a lab is refused a beginning that is none, before anything is built', async () => {
  const refused: readonly [at: string, says: string][] = [
    ['yesterday', 'expected a date'],
    ['2022-02-30', 'expected a date'],
    ['1969-12-31', 'expected a time from 1970-01-01T00:00:00Z on'],
    ['9999-01-01T00:00:00Z', 'expected a time before 9999-01-01T00:00:00Z'],
  ];
  for (const [at, says] of refused) {
    await expect(openLab({ scenario: SCENARIO, at })).rejects.toThrow(`at: ${says}`);
  }
});

function hostOf(name: string, from: string, to: string): string {
  const certificate = `{ name: ${name}.example, from: "${from}", to: "${to}" }`;
  return `{ names: [${name}.example], certificate: ${certificate} }`;
}
