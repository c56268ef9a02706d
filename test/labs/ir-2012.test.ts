import { join } from 'node:path';
import type { Decision } from 'chokepoint';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { PROGRAM } from '../support/cli.ts';
import {
  decisionsOf,
  expectSilence,
  packetsAround,
  type Run,
  runOf,
  wrongRows,
} from '../support/run.ts';

describe('run ir-2012 shows what the report describes', () => {
  let seen: Run;
  /** What replaying the capture of the run makes of it, for each box: the rules of its decisions. */
  const replayed = new Map<string, readonly string[]>();
  let refusal = '';
  beforeAll(async () => {
    seen = await runOf('ir-2012', async (out) => {
      const given = ['replay', join(out, 'wire.pcapng'), '--scenario', 'ir-2012', '--json'];
      for (const box of ['affected', 'spared', 'gateway']) {
        const { stdout } = await execa('node', [PROGRAM, ...given, '--box', box]);
        const events = stdout
          .split('\n')
          .map((line) => JSON.parse(line) as { decision?: Decision });
        replayed.set(
          box,
          events.flatMap(({ decision }) => decision?.rule ?? []),
        );
      }
      refusal = (await execa('node', [PROGRAM, ...given], { reject: false })).stderr;
    });
  });

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 38]);
  });

  test('handshakes are interrupted by the network’s own box, the rest by the way out of the country', () => {
    const places = new Set(decisionsOf(seen).map(({ box, rule }) => `${box}: ${rule}`));
    expect(places).toEqual(
      new Set([
        'affected: TLS handshake',
        "gateway: address of Tor's website",
        'gateway: keyword in a search',
      ]),
    );
  });

  test('no SYN for the blocked address and port leaves the country, and nothing answers it', () => {
    const blocked = seen.wire.filter(({ dst }) => dst === '86.59.30.36:443');
    expect(blocked.length).toBeGreaterThan(3);
    expect(seen.wire.filter(({ src }) => src === '86.59.30.36:443')).toEqual([]); // the control's way passes no box
  });

  test('a handshake that was interrupted was tried again and again, and nothing of it is beyond the box', () => {
    const interrupted = decisionsOf(seen).filter(({ rule }) => rule === 'TLS handshake');
    const ofSites = interrupted.filter(({ flow }) => /:(443|8443)$/.test(flow.server));
    expect(new Set(ofSites.map(({ flow }) => `${flow.client} ${flow.server}`)).size).toBe(7);
    for (const decision of interrupted) expectSilence(seen, decision);
  });

  test('a search for the keyword is reset at both ends, by the two RSTs that were injected and no other', () => {
    const searches = decisionsOf(seen).filter(({ rule }) => rule === 'keyword in a search');
    expect(searches).toHaveLength(7);
    for (const search of searches) {
      const { flow, injected } = search;
      const packets = packetsAround(seen, search);
      const atGateway = packets.filter(
        ({ interfaceName, isReset }) => isReset && interfaceName.startsWith('gateway-'),
      );
      const sent = injected.map((one) => ({
        interfaceName: one.to === 'client' ? 'gateway-left' : 'gateway-right',
        dst: flow[one.to],
        seq: 'seq' in one ? one.seq : undefined,
      }));
      expect(new Set(injected.map(({ to }) => to))).toEqual(new Set(['client', 'server']));
      expect(
        atGateway
          .map(({ interfaceName, dst, seq }) => ({ interfaceName, dst, seq }))
          .toSorted((a, b) => a.interfaceName.localeCompare(b.interfaceName)),
      ).toEqual(sent.toSorted((a, b) => a.interfaceName.localeCompare(b.interfaceName)));
      const beyond = packets.filter(({ interfaceName }) => interfaceName === 'gateway-right');
      expect(beyond.filter(({ payloadLength }) => payloadLength > 0)).toEqual([]);
    }
  });

  test('a box decides about its capture as it did about the packets', () => {
    const decided = new Map<string, string[]>([
      ['affected', []],
      ['spared', []],
      ['gateway', []],
    ]);
    for (const event of seen.events) {
      if (event.event === 'decision') decided.get(event.box)?.push(event.rule);
    }
    expect(replayed).toEqual(decided);
    expect(refusal).toContain(
      'ir-2012 has 3 boxes\n  fix: name one of affected, spared, gateway with --box',
    );
  });
});
