import { expect, test } from 'vitest';
import { resultOf } from '../../src/probe/sni-blocking.ts';

const after = (failure: string | null, handshakes = 1) => ({
  failure,
  tls_handshakes: Array.from({ length: handshakes }),
});
const fine = after(null);

test.each([
  [after(null), fine, 'success.got_server_hello'],
  [after('ssl_invalid_hostname'), fine, 'success.got_server_hello'],
  [after('connection_reset'), fine, 'interference.reset'],
  [after('eof_error'), fine, 'interference.closed'],
  [after('ssl_unknown_authority'), fine, 'interference.unknown_authority'],
  [after('ssl_invalid_certificate'), fine, 'interference.invalid_certificate'],
  [after('generic_timeout_error'), fine, 'anomaly.timeout'],
  [after('generic_timeout_error'), after('ssl_invalid_hostname'), 'anomaly.timeout'],
  [after('generic_timeout_error'), after('eof_error'), 'anomaly.test_helper_unreachable'],
  [after('connection_refused', 0), fine, 'anomaly.test_helper_unreachable'],
  [after('dns_nxdomain_error', 0), fine, 'anomaly.test_helper_unreachable'],
  [after('ssl_failed_handshake'), fine, 'anomaly.unexpected_failure'],
])('%j beside a control %j is %s', (target, control, result) => {
  expect(resultOf(target, control)).toBe(result);
});
