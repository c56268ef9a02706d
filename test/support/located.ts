import type { DirectionResult } from '../../src/testbed/locate-result.ts';

/** A box that was found where it is; what is given is otherwise. */
export function directionResult(fields: Partial<DirectionResult> = {}): DirectionResult {
  const place = { hop: 2, after: 'isp', before: 'exchange', position: 'in-path' } as const;
  return {
    ...{ from: 'client', to: 'server', rule: 'blocked site', agrees: true, why: null },
    blocked: 'http.host=meydan.tv to port 80',
    allowed: 'http.host=example.org to port 80',
    path: [
      { hop: 1, name: 'isp', address: '198.18.1.1', rtt_ms: 0.03 },
      { hop: 2, name: 'exchange', address: '198.18.0.2', rtt_ms: 41.6 },
      { hop: 3, name: 'server', address: '198.18.3.2', rtt_ms: 41.7 },
    ],
    box: { ...place, is_exact: true },
    interfered: { count: 13, of: 13 },
    distance_ms: { median: 1.57, spread: 0.04, tries: 10, of: 10 },
    rtt_ms: { median: 41.72, spread: 0.08, tries: 10, of: 28 },
    beyond_ms: 40.15,
    ttl: { mode: 'fixed', value: 64 },
    fingerprint: {
      ...{ flags: 'R', ttl: 63, ip_id: 0, window: 0, count: 1, seq: [0], payload_length: 0 },
    },
    residual: { scope: 'none', untold: [], duration_ms: null },
    lab: place,
    ...fields,
  };
}
