import { openConnection } from './connection.ts';
import { failureOf } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';

/** Whether a TCP connection can be made. */
export async function probeTcp(request: ProbeRequest): Promise<Observation> {
  try {
    const { socket, connectMs, local } = await openConnection(request, request.url);
    socket.destroy();
    return { failure: null, says: 'connected', connectMs, local };
  } catch (error) {
    const reason = error as NodeJS.ErrnoException;
    return { failure: failureOf(reason), says: reason.message };
  }
}
