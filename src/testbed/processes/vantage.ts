import type { ControlRequest } from '../../ooni/test-keys.ts';
import type { LocateRequest } from '../../probe/locate/request.ts';
import type { ProbeRequest } from '../../probe/observation.ts';
import { probe } from '../../probe/probe.ts';
import { serve } from '../rpc.ts';

/* Runs in the namespaces of a host and makes the measurements that are asked for. */

serve({
  probe: (request: ProbeRequest) => probe(request),
  control: async (request: ControlRequest) =>
    (await import('../../probe/web-connectivity/serve-control.ts')).serveControl(request),
  locate: async (request: LocateRequest) =>
    (await import('../../probe/locate/locate.ts')).locate(request),
});

// The agent holds the other end of the channel: without it nobody is left to ask.
process.on('disconnect', () => process.exit(0));
