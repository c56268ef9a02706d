import { ACK, SYN } from '../../wire/tcp.ts';
import { isReset } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { atOnce } from '../rewriter.ts';
import { bytes, rest, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const smallWindow: Strategy = {
  id: 'small-window',
  number: 'A6',
  class: 'segmentation',
  does: 'The client is told that the server takes 20 bytes at a time, so that its kernel cuts the request itself.',
  source:
    'brdgrd and zapret wsize, which a server or its router does; here the client does it to itself',
  geneva: '\\/ [TCP:flags:SA]-tamper{TCP:window:replace:20}-|',
  rewriter: () => ({
    out: () => undefined,
    in: (packet) => {
      const isAnswer = packet.tcp !== undefined && (packet.tcp.flags & (SYN | ACK)) === (SYN | ACK);
      if (!isAnswer || isReset(packet)) return undefined;
      const copy = copyPacket(packet);
      if (copy.tcp === undefined) return undefined;
      copy.tcp.window = WINDOW;
      copy.tcp.options = copy.tcp.options.filter(({ kind }) => kind !== WINDOW_SCALE);
      return [atOnce(copy)];
    },
  }),
  shape: sends(bytes(0, 20), rest(20)),
};

/** Less than is before the name in any request. */
const WINDOW = 20;
const WINDOW_SCALE = 3;
