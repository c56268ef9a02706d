import type { Sent } from '../../support/craft.ts';
import { clientHello, clientHelloMessage, concat, tlsRecord } from '../../support/packets.ts';
import { clientSays, later, type Step, serverSays } from '../../support/talk.ts';
import { SERVER_HELLO } from './steps.ts';

const HELLO = clientHello({ sni: 'blocked.test' });
const NAME_AT = Buffer.from(HELLO).indexOf('blocked.test');
const MIDDLE = NAME_AT + 6;
const RECORD_HEADER = 5;
const WHOLE = { at: 0, payload: HELLO };
const FIRST = { at: 0, payload: HELLO.slice(0, MIDDLE) };
const SECOND = { at: MIDDLE, payload: HELLO.slice(MIDDLE) };
const DECOY = { at: 0, payload: clientHello({ sni: 'neutral.test' }) };

const DECOY_WITH_A_WRONG_CHECKSUM = said([{ ...DECOY, wrong: 'tcp-checksum' }, WHOLE]);
const DECOY_THAT_DIES = said([{ ...DECOY, ttl: 3 }, WHOLE]);
const DECOY_WITH_MD5 = said([{ ...DECOY, hasMd5: true }, WHOLE]);
const DECOY_WITH_AN_OLD_TIMESTAMP = said([{ ...DECOY, timestampBy: -600_000 }, WHOLE], {
  timestampBy: 0,
});
const RST_WITH_A_WRONG_CHECKSUM = said([{ at: 0, flags: 'R', wrong: 'tcp-checksum' }, WHOLE]);
const SECOND_SYN = said([{ at: 0x4000_0000, flags: 'S', wrong: 'tcp-checksum' }, WHOLE]);
const PAYLOAD_ON_SYN = said([WHOLE], { synPayload: new Uint8Array(16) });
const URGENT_BYTE = said([
  {
    at: 0,
    payload: concat(FIRST.payload, Uint8Array.of(0x61)),
    flags: 'PAU',
    urgentPointer: MIDDLE + 1,
  },
  { at: MIDDLE + 1, payload: SECOND.payload },
]);
const TWO_RECORDS = said([{ at: 0, payload: inTwoRecords(MIDDLE - RECORD_HEADER) }]);
const REVERSED = said([SECOND, FIRST]);
const OVERLAPPING = said([
  { at: NAME_AT, payload: concat(new Uint8Array(MIDDLE - NAME_AT), SECOND.payload) },
  FIRST,
]);

/** Ways around a box, each past one that falls for it, or past one that does not. */
export const EVASION: Readonly<Record<string, readonly Step[]>> = {
  'decoy-with-a-wrong-checksum-fools-who-does-not-check': DECOY_WITH_A_WRONG_CHECKSUM,
  'decoy-with-a-wrong-checksum-is-not-believed': DECOY_WITH_A_WRONG_CHECKSUM,
  'decoy-that-dies-on-the-way-fools-who-does-not-count-hops': DECOY_THAT_DIES,
  'decoy-that-dies-on-the-way-is-not-believed': DECOY_THAT_DIES,
  'decoy-with-an-md5-signature-fools-who-ignores-it': DECOY_WITH_MD5,
  'decoy-with-an-md5-signature-is-not-believed': DECOY_WITH_MD5,
  'decoy-with-an-old-timestamp-is-not-believed': DECOY_WITH_AN_OLD_TIMESTAMP,
  'rst-with-a-wrong-checksum-ends-the-session-for-who-does-not-check': RST_WITH_A_WRONG_CHECKSUM,
  'rst-with-a-wrong-checksum-ends-nothing': RST_WITH_A_WRONG_CHECKSUM,
  'second-syn-moves-the-window-of-who-takes-it': SECOND_SYN,
  'second-syn-is-ignored': SECOND_SYN,
  'payload-on-the-syn-is-taken-for-the-first': PAYLOAD_ON_SYN,
  'urgent-byte-hides-a-name-from-who-reads-it-inline': URGENT_BYTE,
  'urgent-byte-is-taken-out': URGENT_BYTE,
  'name-in-two-records-passes-who-reads-each-alone': TWO_RECORDS,
  'name-in-two-records-is-put-together': TWO_RECORDS,
  'name-in-two-segments-reversed-is-put-together': REVERSED,
  'segments-that-overlap-are-read-as-linux-reads-them': OVERLAPPING,
};

/** A handshake, these packets of the client, and the answer to what they say in all. */
function said(
  packets: readonly Sent[],
  { synPayload = new Uint8Array(0), ...stamps }: { synPayload?: Uint8Array; timestampBy?: number } = {},
): Step[] {
  const ends = packets.map(({ at, payload }) => (payload === undefined ? 0 : at + payload.length));
  return [
    clientSays({ at: -1, flags: 'S', payload: synPayload, ...stamps }),
    serverSays({ at: -1, flags: 'SA', ...stamps }),
    clientSays({ flags: 'A', ...stamps }),
    ...packets.map((sent) => clientSays({ ...stamps, ...sent })),
    later(20, serverSays({ payload: SERVER_HELLO, ackAt: Math.max(...ends), ...stamps })),
  ];
}

/** The request, whose message is cut into two records. */
function inTwoRecords(at: number): Uint8Array {
  const message = clientHelloMessage({ sni: 'blocked.test' });
  return concat(tlsRecord(message.slice(0, at)), tlsRecord(message.slice(at)));
}
