import { ACK, RST, SYN } from '../../wire/tcp.ts';
import { copyPacket } from '../packet.ts';
import { atOnce } from '../rewriter.ts';
import { allOf } from '../shape.ts';
import { windowOf } from '../shapes/handshake.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const smallAnswers: Strategy = {
  id: 'small-answers',
  number: 'A6',
  class: 'segmentation',
  does: 'The client has room for 40 bytes until the server has sent some, so that its first answer comes in pieces.',
  source: 'zapret wssize',
  geneva: '[TCP:flags:S]-tamper{TCP:window:replace:40}-| \\/',
  rewriter: () => {
    let hasAnswer = false;
    return {
      out: (packet) => {
        if (hasAnswer || packet.tcp === undefined || (packet.tcp.flags & RST) !== 0)
          return undefined;
        const copy = copyPacket(packet);
        if (copy.tcp === undefined) return undefined;
        copy.tcp.window = WINDOW;
        // Without a scale on the SYN, windows are what they say (RFC 7323 §2.2).
        if ((copy.tcp.flags & (SYN | ACK)) === SYN)
          copy.tcp.options = copy.tcp.options.filter(({ kind }) => kind !== WINDOW_SCALE);
        return [atOnce(copy)];
      },
      in: ({ payload }) => {
        if (payload.length > 0) hasAnswer = true;
        return undefined;
      },
    };
  },
  shape: allOf(windowOf(40), sends(WHOLE)),
};

/** Of a ServerHello no more than the version and the random number comes with the first segment. */
const WINDOW = 40;
const WINDOW_SCALE = 3;
