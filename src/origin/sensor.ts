import { parseEndpoint } from '../base/address.ts';
import type { Millis } from '../base/units.ts';
import type { ConnectionRecord } from './connection-log.ts';

/** What came from one network in one minute. */
export interface MinuteOfNetwork {
  /** When it began, ISO 8601, in the log's calendar. */
  readonly minute: string;
  readonly network: string;
  readonly sessions: number;
  /** Of them, those with a request that was answered. */
  readonly answered: number;
  /** Those that were accepted and ended without one. */
  readonly short: number;
  /** Those that ended with a RST. */
  readonly resets: number;
}

export interface SensorScope {
  /** By the address that its sessions come from. */
  readonly networks: ReadonlyMap<string, string>;
  /** Whole minutes, in Unix time of the log's calendar. */
  readonly from: Millis;
  readonly to: Millis;
}

/**
 * A site's connections by network and minute, as its log alone tells: each network has each minute of the time, and whoever
 * comes from elsewhere is of the network `unknown`. A session is of the minute in which it was accepted.
 */
export function sessionsByMinute(
  records: readonly ConnectionRecord[],
  { networks, from, to }: SensorScope,
): MinuteOfNetwork[] {
  const counted = records.flatMap((record) => {
    const minute = Math.floor(Date.parse(record.openedAt) / MINUTE) * MINUTE;
    if (minute < from || minute >= to) return [];
    const network = networks.get(parseEndpoint(record.remote ?? '').address) ?? UNKNOWN;
    return [{ record, minute, network }];
  });
  const names = new Set([...networks.values(), ...counted.map(({ network }) => network)]);
  const minutes = Array.from({ length: (to - from) / MINUTE }, (_, i) => from + i * MINUTE);
  return minutes.flatMap((minute) =>
    [...names].map((network) => {
      const own = counted.filter((one) => one.minute === minute && one.network === network);
      const began = new Date(minute).toISOString();
      return { minute: began, network, ...countsOf(own.map(({ record }) => record)) };
    }),
  );
}

/** A server that reads a request answers it: that it is in the record is enough. */
function countsOf(
  records: readonly ConnectionRecord[],
): Omit<MinuteOfNetwork, 'minute' | 'network'> {
  const count = (is: (record: ConnectionRecord) => boolean): number => records.filter(is).length;
  return {
    sessions: records.length,
    answered: count(({ requests }) => requests.length > 0),
    short: count(({ requests, end }) => requests.length === 0 && end !== 'open'),
    resets: count(({ end }) => end === 'reset'),
  };
}

const MINUTE: Millis = 60_000;
const UNKNOWN = 'unknown';
