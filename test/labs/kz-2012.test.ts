import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { observe } from '../../src/replay/observe.ts';
import type { ObservedFlow } from '../../src/replay/observed-flow.ts';
import type { Captured } from '../support/lab.ts';
import { type Run, runOf, wrongRows } from '../support/run.ts';

describe('run kz-2012 shows what the reports describe', () => {
  let seen: Run;
  const flows: ObservedFlow[] = [];
  beforeAll(async () => {
    seen = await runOf('kz-2012', (out) => {
      observe(join(out, 'wire.pcapng'), (flow) => flows.push(flow));
    });
  });

  test('every row is as expected', () => {
    expect(wrongRows(seen)).toEqual([]);
    expect([seen.exitCode, seen.summary.rows.length]).toEqual([0, 42]);
  });

  test('of more than 500 handshakes of ordinary clients with four kinds of servers, none is touched', () => {
    const ordinary = seen.summary.rows.filter(({ claim }) => claim.startsWith('no handshake of'));
    expect(new Set(ordinary.map(({ request }) => new URL(request.url).hostname)).size).toBe(4);
    expect(new Set(ordinary.map(({ request }) => `${request.probe} ${request.tls}`)).size).toBe(6);
    const worked = ordinary.map(({ observation: { failure, failures } }) => {
      return failures?.['none'] ?? Number(failure === null);
    });
    expect(worked.reduce((sum, count) => sum + count)).toBeGreaterThan(500);
    const names = decisionsOf(seen).map(({ matched }) => matched.text);
    expect(names.filter((text) => /example/.test(text))).toEqual([]);
    // What stalls has a row that says so, but for the relays that a client of Tor tries one after the other.
    const silent = seen.summary.rows.filter(({ see }) => see.failure !== null);
    const others = silent.filter(({ request }) => request.probe !== 'tor');
    const ofTor = decisionsOf(seen).filter(({ flow }) => flow.server.startsWith(TOR_HOST));
    expect(decisionsOf(seen)).toHaveLength(others.length + ofTor.length);
  });

  test('relays are recognised on any address and port, those of 2012 and those of today', () => {
    const places = decisionsOf(seen).map(({ rule, flow }) => `${rule}: ${flow.server}`);
    expect(new Set(places.filter((place) => !place.includes(TOR_HOST)))).toEqual(
      new Set([
        'Tor relay of 2012: 198.18.70.2:443',
        'Tor relay of 2012: 198.18.70.2:9001',
        'Tor relay of 2012: 198.18.70.2:31337',
        'Tor relay of 2012: 198.18.71.2:443',
        // What the signature of today's relays costs.
        'Tor relay of today: 198.18.74.2:443',
        'Tor relay of today: 198.18.75.2:443',
      ]),
    );
    const ofTor = new Set(places.filter((place) => place.includes(TOR_HOST)));
    const ports = [9001, 5001, 5002, 5003].map((port) => `Tor relay of today: ${TOR_HOST}${port}`);
    expect(ports).toEqual(expect.arrayContaining([...ofTor]));
    expect(ofTor).toContain(ports[0]);
    expect(ofTor.size).toBeGreaterThan(1);
  });

  test('the flight of a relay reaches the client, and what the client answers stays with the box', () => {
    // What a server of today sends may be too long for one segment; a relay's is not.
    const ofRelays = decisionsOf(seen).filter(({ rule, flow }) => {
      return rule.endsWith('2012') || flow.server.startsWith(TOR_HOST);
    });
    expect(ofRelays.length).toBeGreaterThan(6);
    for (const { flow, trigger } of ofRelays) {
      const from = (end: string): Captured[] => {
        return seen.wire.filter(({ src, payloadLength }) => src === end && payloadLength > 0);
      };
      // What passes is in the capture twice, as it came in and as it went out. A server that hears nothing sends again.
      const flight = from(flow.server).filter(({ seq, dst }) => {
        return seq === trigger.seq && dst === flow.client;
      });
      expect(flight.length).toBeGreaterThanOrEqual(3);
      const [hello, again, ...answers] = from(flow.client).filter(({ dst }) => dst === flow.server);
      expect(again).toMatchObject({ seq: hello?.seq });
      const first = answers[0]?.seq;
      expect(first).toBe((hello?.seq ?? 0) + (hello?.payloadLength ?? 0));
      expect(answers.filter(({ seq }) => seq === first).length).toBeGreaterThan(3);
    }
  });

  test('on the wire, a relay answers as the signature of today has it, and obfs4 looks like nothing', () => {
    const [bridge] = flows.filter(({ dst, dst_port }) => dst === '198.18.3.2' && dst_port === 9001);
    expect(bridge).toMatchObject({
      protocol: 'tls',
      server_version: '0x0304',
      server_cipher: '0x1302',
      server_key_share_group: '0x0017',
    });
    const [hidden] = flows.filter(({ dst, dst_port }) => dst === '198.18.3.2' && dst_port === 9002);
    expect(hidden).toMatchObject({ protocol: 'unknown' });
  });

  test('pages by Tor are asked for by an exit', () => {
    const byTor = seen.summary.rows.filter(
      ({ request, outcome, see }) =>
        request.probe === 'tor' && outcome === 'passed' && see.failure === null,
    );
    expect(byTor).toHaveLength(2);
    const exit = seen.connections.filter(({ remote }) => remote?.startsWith(TOR_HOST));
    expect(exit.map(({ host }) => host)).toEqual(['server', 'server']);
  });

  test('how far the Tor network is was told while it started', () => {
    const percents = [...seen.said.matchAll(/tor: bootstrapped (\d+) %/g)].map(([, n]) =>
      Number(n),
    );
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
  });

  test('no RST is sent, and none is seen in a flow that was recognised', () => {
    expect(decisionsOf(seen).every(({ injected }) => injected.length === 0)).toBe(true);
    // By both ends: a kernel gives the same port again to a connection that goes elsewhere.
    const recognised = new Set(
      decisionsOf(seen).map(({ flow }) => `${flow.server} ${flow.client}`),
    );
    const resets = seen.wire.filter(({ isReset, src, dst }) => {
      return isReset && recognised.has(`${src} ${dst}`);
    });
    expect(resets).toEqual([]);
  });
});

/** Of the Tor network, without the port. */
const TOR_HOST = '198.18.3.2:';

function decisionsOf({ events }: Run) {
  return events.flatMap((event) => (event.event === 'decision' ? event : []));
}
