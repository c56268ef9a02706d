import { type ConnectionError, openConnection } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';

/** Whether a TCP connection can be made. */
export async function probeTcp(request: ProbeRequest): Promise<Observation> {
  try {
    const { socket, connectMs, local, remote } = await openConnection(request, request.url);
    socket.destroy();
    return { failure: null, says: 'connected', connectMs, local, remote };
  } catch (error) {
    const reason = error as ConnectionError;
    return { failure: failureOf(reason), says: reason.message, remote: reason.remote };
  }
}
