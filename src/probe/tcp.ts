import type { Observation, ProbeRequest } from './observation.ts';
import { connectTo } from './steps/connect.ts';
import { Trace } from './steps/trace.ts';
import { urlgetter } from './urlgetter.ts';

/** Whether a TCP connection can be made. */
export function probeTcp(request: ProbeRequest): Promise<Observation> {
  return urlgetter(request, new Trace(), async (trace) => {
    const dialled = await connectTo(trace, trace.leg(), request, request.url);
    const { failure, says, connectMs, local, remote, socket } = dialled;
    socket?.destroy();
    return { failure, says, connectMs, local, remote };
  });
}
