import { describe, expect, test } from 'vitest';
import { type Bootstrap, NOT_BEGUN, readTorLine, torFailureOf } from '../../src/probe/tor-log.ts';

/** Lines of Tor 0.4.9 as it wrote them. */
const TIME = 'Nov 22 12:06:03.000';
const CONNECTED = `${TIME} [notice] Bootstrapped 10% (conn_done): Connected to a relay`;
const PLUGGED = `${TIME} [notice] Bootstrapped 2% (conn_done_pt): Connected to pluggable transport`;
const DONE = `${TIME} [notice] Bootstrapped 100% (done): Done`;
const REFUSED = `${TIME} [info] control_event_bootstrap_problem(): Problem bootstrapping. Stuck at 5% (conn): Connecting to a relay. (Connection refused; CONNECTREFUSED; count 1; recommendation ignore; host A at 198.18.3.2:5001)`;
const RESET = `${TIME} [warn] Problem bootstrapping. Stuck at 10% (conn_done): Connected to a relay. (Connection reset by peer; CONNECTRESET; count 10; recommendation warn; host A at 198.18.3.2:5001)`;
const SOCKS = `${TIME} [notice] Opened Socks listener connection (ready) on 127.0.0.1:38243`;

function read(...lines: string[]): Bootstrap {
  return lines.reduce(readTorLine, NOT_BEGUN);
}

describe('the log of a Tor process', () => {
  test('says how far it is, and what comes next', () => {
    expect(read(PLUGGED)).toMatchObject({ percent: 2, tag: 'conn_done_pt' });
    expect(read(PLUGGED, CONNECTED)).toMatchObject({
      percent: 10,
      tag: 'conn_done',
      summary: 'Connected to a relay',
    });
    expect(read(CONNECTED, DONE)).toMatchObject({ percent: 100, tag: 'done' });
  });

  test('says on which port the client listens', () => {
    expect(read(SOCKS, DONE)).toMatchObject({ socksPort: 38_243, percent: 100 });
  });

  test('has other lines, which change nothing', () => {
    const known = read(CONNECTED);
    for (const line of ['', 'Bootstrapped', `${TIME} [notice] Tor 0.4.9.11 running on Linux`]) {
      expect(readTorLine(known, line)).toBe(known);
    }
  });
});

describe('a client that is stuck', () => {
  test.each([
    { when: 'it was refused', lines: [REFUSED], failure: 'connection_refused' },
    { when: 'it was reset', lines: [CONNECTED, RESET], failure: 'connection_reset' },
    { when: 'nothing was said', lines: [CONNECTED], failure: 'generic_timeout_error' },
    { when: 'it got further', lines: [REFUSED, CONNECTED], failure: 'generic_timeout_error' },
  ])('has failed with $failure when $when', ({ lines, failure }) => {
    expect(torFailureOf(read(...lines))).toBe(failure);
  });
});
