import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LabEvent, type Row, type RowResult, rowsOf } from 'chokepoint';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Captured, readCapture, scenario, withFolder } from '../support/lab.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
/** As they come back from JSON. */
const ROWS = JSON.parse(JSON.stringify(rowsOf(scenario))) as readonly Row[];

/** What `run --json` prints, as far as it is asserted here. */
interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: readonly RowResult[];
}

describe('run az-2017 shows what the report describes', () => {
  let exitCode: number | undefined;
  let summary: Summary;
  let events: readonly LabEvent[];
  let files: { readonly summary: string; readonly origin: readonly string[] };
  let wire: readonly Captured[];
  let comments: readonly string[];

  beforeAll(
    () =>
      withFolder(async (out) => {
        const run = await execa('node', [PROGRAM, 'run', 'az-2017', '--json', '--out', out], {
          reject: false,
        });
        ({ exitCode } = run);
        summary = JSON.parse(run.stdout) as Summary;
        const lines = (name: string): string[] =>
          readFileSync(join(out, name), 'utf8').trim().split('\n');
        events = lines('events.jsonl').map((line) => JSON.parse(line) as LabEvent);
        files = { summary: lines('summary.json').join('\n'), origin: lines('origin.jsonl') };
        const capture = join(out, 'wire.pcapng');
        comments = await readComments(capture);
        wire = await readCapture(capture);
      }),
    120_000,
  );

  test('it exits with 0, and no row is skipped', () => {
    expect(exitCode).toBe(0);
    expect(summary).toMatchObject({ passed: ROWS.length, failed: 0, skipped: 0 });
  });

  test.each(
    ROWS.map(({ claim, profile, from, request }, index) => ({
      title: `${claim}: ${from}, ${request.probe} ${request.url} ip${request.ip} [${profile}]`,
      index,
    })),
  )('$title', ({ index }) => {
    expect(summary.rows[index]).toMatchObject({
      ...ROWS[index],
      outcome: 'passed',
      mismatches: [],
    });
  });

  test('the run folder holds the summary, each decision, what the origin received', () => {
    expect(JSON.parse(files.summary)).toEqual(summary);
    const decisions = events.filter((event) => event.event === 'decision');
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
    for (const line of files.origin) expect(JSON.parse(line)).toHaveProperty('requestBytes');
  });

  test('the capture holds, for every decision, one RST to each end, and the reason', () => {
    const decisions = events.filter((event) => event.event === 'decision');
    for (const { flow, injected } of decisions) {
      for (const packet of injected) {
        const seq = 'seq' in packet ? packet.seq : undefined;
        const dst = flow[packet.to];
        const seen = wire.filter((p) => p.isReset && p.dst === dst && p.seq === seq);
        expect(seen).toHaveLength(1);
      }
    }
    const reasons = comments.filter((comment) => comment.startsWith('dropped: rule='));
    expect(reasons).toHaveLength(decisions.length);
  });
});

test('an expectation that does not hold makes run exit with 1 and name the row', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'wrong.yaml');
    const whole = readFileSync(new URL('../../scenarios/az-2017.yaml', import.meta.url), 'utf8');
    const rows = `expect:
  - claim: meydan.tv is not blocked
    probe: curl
    urls: [http://meydan.tv/]
    see: { failure: null, exit: 0 }
  - claim: example.org works
    probe: curl
    urls: [http://example.org/]
    see: { failure: null }
`;
    writeFileSync(file, whole.slice(0, whole.indexOf('expect:\n')) + rows);
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
