import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Row, rowsOf } from 'chokepoint';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { PROGRAM, scenarioThatExpects } from '../support/cli.ts';
import { scenario, withFolder } from '../support/lab.ts';
import { type Run, resetsOfBoxes, runOf } from '../support/run.ts';

/** As they come back from JSON. */
const ROWS = JSON.parse(JSON.stringify(rowsOf(scenario))) as readonly Row[];

describe('run az-2017 shows what the report describes', () => {
  let seen: Run;
  let written: string;
  let comments: readonly string[];

  beforeAll(async () => {
    const use = async (out: string): Promise<void> => {
      written = readFileSync(join(out, 'summary.json'), 'utf8');
      comments = await readComments(join(out, 'wire.pcapng'));
    };
    // At one time alone, and so without its sensor, which test/quiet/az-2017-sensor runs: its minutes want a quiet machine.
    seen = await runOf('az-2017', use, ['--at', scenario.period.from]);
  });

  test('it exits with 0, and no row is skipped', () => {
    expect(seen.exitCode).toBe(0);
    expect(seen.summary).toMatchObject({ passed: ROWS.length, failed: 0, skipped: 0 });
  });

  test.each(
    ROWS.map(({ claim, profile, from, request }, index) => ({
      title: `${claim}: ${from}, ${request.probe} ${request.url} ip${request.ip} [${profile}]`,
      index,
    })),
  )('$title', ({ index }) => {
    expect(seen.summary.rows[index]).toMatchObject({
      ...ROWS[index],
      outcome: 'passed',
      mismatches: [],
    });
  });

  test('the run folder holds the summary, each decision, what the origin received', () => {
    expect(JSON.parse(written)).toEqual(seen.summary);
    const decisions = seen.events.filter((event) => event.event === 'decision');
    expect(decisions.length).toBeGreaterThan(25);
    for (const decision of decisions) {
      expect(decision).toMatchObject({
        action: 'reset',
        injected: [{ to: 'client' }, { to: 'server' }],
      });
      expect(decision.why).toBe(`${decision.matched.kind}=${decision.matched.text}`);
      expect(decision.matched.text).toMatch(
        /(^|\.)(meydan\.tv|azadliq\.(info|org))\.?(:80|:8080|:31337)?$/i,
      );
    }
    for (const each of seen.connections) expect(each).toHaveProperty('requestBytes');
  });

  test('the capture holds, for every decision, one RST to each end, and the reason', () => {
    const decisions = seen.events.filter((event) => event.event === 'decision');
    for (const { flow, injected } of decisions) {
      for (const packet of injected) {
        const seq = 'seq' in packet ? packet.seq : undefined;
        const dst = flow[packet.to];
        const resets = seen.wire.filter((p) => p.isReset && p.dst === dst && p.seq === seq);
        expect(resets).toHaveLength(1);
      }
    }
    const usual = decisions.filter(({ flow }) => /:(80|443)$/.test(flow.server));
    expect(resetsOfBoxes(seen).length).toBeGreaterThanOrEqual(2 * usual.length);
    const reasons = comments.filter((comment) => comment.startsWith('dropped: rule='));
    expect(reasons).toHaveLength(decisions.length);
  });
});

test('an expectation that does not hold makes run exit with 1 and name the row', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'wrong.yaml');
    const rows = `
  - claim: meydan.tv is not blocked
    probe: curl
    urls: [http://meydan.tv/]
    see: { failure: null, exit: 0 }
  - claim: example.org works
    negative_control: true
    probe: curl
    urls: [http://example.org/]
    see: { failure: null }
`;
    writeFileSync(file, scenarioThatExpects(rows));
    const run = await execa('node', [PROGRAM, 'run', file, '--out', join(folder, 'out')], {
      reject: false,
    });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('✗ meydan.tv is not blocked');
    expect(run.stdout).toContain('exit status: expected 0, observed 56');
    expect(run.stdout).toContain('1 of 2 passed');
  }));

async function readComments(file: string): Promise<string[]> {
  const { stdout } = await execa('tshark', [
    ...['-n', '-r', file, '-Y', 'frame.comment', '-T', 'fields', '-e', 'frame.comment'],
  ]);
  return stdout.split('\n');
}
