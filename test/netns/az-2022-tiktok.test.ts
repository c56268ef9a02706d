import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConnectionRecord, LabEvent, RowResult } from 'chokepoint';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Captured, readCapture, withFolder } from '../support/lab.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

describe('run az-2022-tiktok shows what the report describes', () => {
  let run: { readonly exitCode: number | undefined; readonly rows: readonly RowResult[] };
  let events: readonly LabEvent[];
  let connections: readonly ConnectionRecord[];
  let wire: readonly Captured[];

  beforeAll(
    () =>
      withFolder(async (out) => {
        const given = ['run', 'az-2022-tiktok', '--json', '--out', out];
        const { exitCode, stdout } = await execa('node', [PROGRAM, ...given], { reject: false });
        run = { exitCode, rows: (JSON.parse(stdout) as { rows: RowResult[] }).rows };
        const lines = <T>(name: string): T[] =>
          readFileSync(join(out, name), 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as T);
        events = lines<LabEvent>('events.jsonl');
        connections = lines<ConnectionRecord>('origin.jsonl');
        wire = await readCapture(join(out, 'wire.pcapng'));
      }),
    120_000,
  );

  test('every row is as expected', () => {
    const wrong = run.rows.filter(({ outcome }) => outcome !== 'passed');
    expect(wrong.map(({ claim, mismatches }) => ({ claim, mismatches }))).toEqual([]);
    expect([run.exitCode, run.rows.length]).toEqual([0, 46]);
  });

  test('each network decides by its own list, and the two others never', () => {
    const decisions = events.flatMap((event) => (event.event === 'decision' ? event : []));
    const rules = new Map(decisions.map((each) => [('box' in each && each.box) || '', each.rule]));
    expect(rules).toEqual(
      new Map([
        ['delta', 'TikTok, Delta'],
        ['as41997', 'TikTok, AS41997'],
        ['azercell', 'TikTok, Azercell'],
      ]),
    );
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
  });

  test('no RST is on the wire, and what was dropped was sent again and again', () => {
    expect(wire.filter(({ isReset, src }) => isReset && src.endsWith(':443'))).toEqual([]);
    const blocked = new Set(
      events.flatMap((event) => (event.event === 'decision' ? event.flow.client : [])),
    );
    expect(blocked.size).toBe(22);
    for (const client of blocked) {
      const hellos = wire.filter(({ src, payloadLength }) => src === client && payloadLength > 0);
      // Once, and at least five times more within 15 s: each time after twice as long.
      expect(new Set(hellos.map(({ seq }) => seq)).size).toBe(1);
      expect(hellos.length).toBeGreaterThan(5);
    }
  });

  test('nothing of a blocked handshake arrives, and names are read beyond any doubt where it does', () => {
    const silent = connections.filter(({ requestBytes }) => requestBytes === 0);
    expect(silent.every(({ sni }) => sni === undefined)).toBe(true);
    const names = connections.flatMap(({ sni }) => sni ?? []);
    expect(new Set(names)).toContain('www.tiktok.com');
  });
});
