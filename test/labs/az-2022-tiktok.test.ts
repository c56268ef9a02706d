import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadScenario } from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectMeasurements } from '../support/measurements-of-run.ts';
import { packetsAround, type Run, resetsOfBoxes, runOf, wrongRows } from '../support/run.ts';

describe('run az-2022-tiktok shows what the report describes', () => {
  let seen: Run;
  let byNetwork: Csv;
  let byAddress: Csv;
  beforeAll(async () => {
    seen = await runOf('az-2022-tiktok', async (out) => {
      byNetwork = await readCsv(join(out, 'tables', 'domain-by-network.csv'));
      byAddress = await readCsv(join(out, 'tables', 'address-by-server-name.csv'));
    });
  });

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 104]);
  });

  test('every row is a measurement in OONI’s format, of its network and its time', () => {
    expectMeasurements(seen, SCENARIO);
  });

  test('each network decides by its own list, and the two others never', () => {
    const decisions = seen.events.flatMap((event) => (event.event === 'decision' ? event : []));
    expect(new Map(decisions.map(({ box, rule }) => [box, rule]))).toEqual(
      new Map([
        ['delta', 'TikTok, Delta'],
        ['as41997', 'TikTok, AS41997'],
        ['azercell', 'TikTok, Azercell'],
      ]),
    );
    expect(decisions.every(({ injected }) => injected.length === 0)).toBe(true);
  });

  test('no box sends a RST, and what was dropped was sent again and again', () => {
    const { events } = seen;
    expect(resetsOfBoxes(seen)).toEqual([]);
    // By both ends and the number: a kernel gives the same port again to a later connection.
    const blocked = new Map(
      events.flatMap((event) => {
        if (event.event !== 'decision') return [];
        const { flow, trigger } = event;
        return [[`${flow.client} ${flow.server} ${trigger.seq}`, event]];
      }),
    );
    // Of OONI's tests, one for each of three networks and one for SNI blocking; TLS middlebox, at each of 19 hops from the box on.
    expect(blocked.size).toBe(32 + 4 + 19);
    for (const decision of blocked.values()) {
      const { client, server } = decision.flow;
      const packets = packetsAround(seen, decision);
      expect(packets.filter(({ isReset, src }) => isReset && src === server)).toEqual([]);
      const hellos = packets.filter(
        ({ src, payloadLength }) => src === client && payloadLength > 0,
      );
      expect(new Set(hellos.map(({ seq }) => seq)).size).toBe(1);
      // At once, and at about 0.2, 0.6, 1.4 and 3.1 s, as Linux does; a busy machine may be late with the last.
      expect(hellos.length).toBeGreaterThan(3);
    }
  });

  test('nothing of a blocked handshake arrives, and names are read where one does', () => {
    const silent = seen.connections.filter(({ requestBytes }) => requestBytes === 0);
    expect(silent.every(({ sni }) => sni === undefined)).toBe(true);
    expect(seen.connections.map(({ sni }) => sni)).toContain('www.tiktok.com');
  });

  test('the table by network has every endpoint on all five, timed out where the network lists it', () => {
    const { head, rows } = byNetwork;
    const networks = ['delta', 'as41997', 'azercell', 'clean-1', 'clean-2'];
    const asns = networks.map((id) => `AS${SCENARIO.networks[id]?.asn}`);
    expect(head).toEqual(['domain', ...asns]);
    const domains = rows.map(([domain = '']) => domain);
    const listed = new Set(networks.flatMap(listOf));
    expect(new Set(domains)).toEqual(new Set([...listed, 'example.org', 'other.tiktokcdn.com']));
    expect(listed.size).toBeGreaterThanOrEqual(12);
    expect(rows).toEqual(
      domains.map((domain) => [domain, ...networks.map((id) => outcomeOf(id, domain))]),
    );
  });

  test('the table by address has every server name at two addresses, and the name decides, not the address', () => {
    const { head, rows } = byAddress;
    const [what, ...names] = head;
    expect([what, rows.length]).toEqual(['address', 2]);
    expect(new Set(names)).toEqual(new Set(byNetwork.rows.map(([domain]) => domain)));
    const outcomes = names.map((name) => outcomeOf('azercell', name));
    expect(rows.map(([, ...cells]) => cells)).toEqual([outcomes, outcomes]);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'generic_timeout_error']));
  });

  test('its addresses are those to which the packets went', () => {
    const hellos = seen.wire.filter(({ dst, payloadLength }) => {
      return dst.endsWith(':443') && payloadLength > 0;
    });
    expect(new Set(byAddress.rows.map(([address]) => `${address}:443`))).toEqual(
      new Set(hellos.map(({ dst }) => dst)),
    );
  });
});

const SCENARIO = loadScenario('az-2022-tiktok');

interface Csv {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** No field of these tables needs quotes. */
async function readCsv(path: string): Promise<Csv> {
  const lines = (await readFile(path, 'utf8')).split('\r\n');
  if (lines.pop() !== '') throw new Error(`${path} does not end in CRLF`);
  const [head = [], ...rows] = lines.map((line) => line.split(','));
  return { head, rows };
}

/** What a network's rule has. */
function listOf(network: string): readonly string[] {
  return SCENARIO.rules.flatMap(({ at = [], trigger }) =>
    at.includes(network) && 'domains' in trigger ? (trigger.domains ?? []) : [],
  );
}

function outcomeOf(network: string, name: string): string {
  return listOf(network).includes(name) ? 'generic_timeout_error' : 'ok';
}
