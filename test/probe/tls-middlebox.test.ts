import { expect, test } from 'vitest';
import { type IterativeTrace, observe } from '../../src/probe/tls-middlebox.ts';

type Outcome = readonly [failure: string | null, so_error?: string];

const SILENT: Outcome = ['generic_timeout_error'];
const EXPIRED: Outcome = ['generic_timeout_error', 'host_unreachable'];
const RESET: Outcome = ['connection_reset'];
const DONE: Outcome = [null];

function trace(server_name: string, ...outcomes: readonly Outcome[]): IterativeTrace {
  const iterations = outcomes.map(([failure, so_error], i) => ({
    ttl: i + 1,
    handshake: { failure, so_error },
  }));
  return { server_name, iterations } as unknown as IterativeTrace;
}

const allowed = trace('allowed', EXPIRED, EXPIRED, DONE);

test('a name that fares as the other one does has nothing in its way', () => {
  expect(observe(allowed, trace('same', EXPIRED, EXPIRED, DONE))).toMatchObject({
    failure: null,
    hop: undefined,
  });
});

test('one that is reset parts at the hop from which the RST came', () => {
  expect(observe(allowed, trace('reset', EXPIRED, RESET))).toMatchObject({
    failure: 'connection_reset',
    hop: 2,
  });
});

test('one that is dropped parts where no router tells of its end any more', () => {
  const target = trace('dropped', EXPIRED, SILENT, SILENT, SILENT);
  expect(observe(allowed, target)).toMatchObject({ failure: 'generic_timeout_error', hop: 2 });
});

test('or at the server, if the box stands right before it', () => {
  const target = trace('dropped', EXPIRED, EXPIRED, SILENT, SILENT);
  expect(observe(allowed, target)).toMatchObject({ failure: 'generic_timeout_error', hop: 3 });
});

test('routers that do not tell do not hide a RST', () => {
  const quiet = trace('allowed', SILENT, SILENT, DONE);
  expect(observe(quiet, trace('reset', SILENT, SILENT, RESET))).toMatchObject({ hop: 3 });
});
