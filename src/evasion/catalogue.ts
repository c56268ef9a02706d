import { absoluteUri } from './strategies/absolute-uri.ts';
import { byteByByte } from './strategies/byte-by-byte.ts';
import { deafClient } from './strategies/deaf-client.ts';
import { decoyBadChecksum } from './strategies/decoy-bad-checksum.ts';
import { decoyDataOffset } from './strategies/decoy-data-offset.ts';
import { decoyLowTtl } from './strategies/decoy-low-ttl.ts';
import { decoyMd5 } from './strategies/decoy-md5.ts';
import { decoyNoAck } from './strategies/decoy-no-ack.ts';
import { decoyOddFlags } from './strategies/decoy-odd-flags.ts';
import { decoyOldAck } from './strategies/decoy-old-ack.ts';
import { decoyOldSeq } from './strategies/decoy-old-seq.ts';
import { decoyOldTimestamp } from './strategies/decoy-old-timestamp.ts';
import { decoyThatArrives } from './strategies/decoy-that-arrives.ts';
import { decoyTwiceHopByHop } from './strategies/decoy-twice-hop-by-hop.ts';
import { destinationOptions } from './strategies/destination-options.ts';
import { disorderByTtl } from './strategies/disorder-by-ttl.ts';
import { dnsElsewhere } from './strategies/dns-elsewhere.ts';
import { dnsLaterAnswer } from './strategies/dns-later-answer.ts';
import { dnsNameCase } from './strategies/dns-name-case.ts';
import { dnsOddCounts } from './strategies/dns-odd-counts.ts';
import { dnsOverHttps } from './strategies/dns-over-https.ts';
import { dnsOverTcp } from './strategies/dns-over-tcp.ts';
import { dnsOverTcpCut } from './strategies/dns-over-tcp-cut.ts';
import { fakedHostSplit } from './strategies/faked-host-split.ts';
import { fakedSplit } from './strategies/faked-split.ts';
import { finBadChecksum } from './strategies/fin-bad-checksum.ts';
import { hostHeaderCase } from './strategies/host-header-case.ts';
import { hostNoSpace } from './strategies/host-no-space.ts';
import { hostSpaceBeforeColon } from './strategies/host-space-before-colon.ts';
import { hostTab } from './strategies/host-tab.ts';
import { hostWithPort } from './strategies/host-with-port.ts';
import { http10 } from './strategies/http-1-0.ts';
import { ipFragments } from './strategies/ip-fragments.ts';
import { lateRequest } from './strategies/late-request.ts';
import { leadingLine } from './strategies/leading-line.ts';
import { lineFeeds } from './strategies/line-feeds.ts';
import { longPath } from './strategies/long-path.ts';
import { nameInCapitals } from './strategies/name-in-capitals.ts';
import { noServerName } from './strategies/no-server-name.ts';
import { none } from './strategies/none.ts';
import { oddFlagsBadChecksum } from './strategies/odd-flags-bad-checksum.ts';
import { otherMethod } from './strategies/other-method.ts';
import { otherPort } from './strategies/other-port.ts';
import { overlapInside } from './strategies/overlap-inside.ts';
import { overlapLeft } from './strategies/overlap-left.ts';
import { paddedHead } from './strategies/padded-head.ts';
import { payloadOnSyn } from './strategies/payload-on-syn.ts';
import { recordsAndSegments } from './strategies/records-and-segments.ts';
import { recordsBeforeName } from './strategies/records-before-name.ts';
import { recordsInName } from './strategies/records-in-name.ts';
import { resyncDesync } from './strategies/resync-desync.ts';
import { rstAckBadChecksum } from './strategies/rst-ack-bad-checksum.ts';
import { rstBadChecksum } from './strategies/rst-bad-checksum.ts';
import { rstLowTtl } from './strategies/rst-low-ttl.ts';
import { rstMd5 } from './strategies/rst-md5.ts';
import { secondSyn } from './strategies/second-syn.ts';
import { shortIpLength } from './strategies/short-ip-length.ts';
import { slowSegments } from './strategies/slow-segments.ts';
import { smallAnswers } from './strategies/small-answers.ts';
import { smallWindow } from './strategies/small-window.ts';
import { splitBeforeName } from './strategies/split-before-name.ts';
import { splitInName } from './strategies/split-in-name.ts';
import { splitReversed } from './strategies/split-reversed.ts';
import { splitTiny } from './strategies/split-tiny.ts';
import { trailingDot } from './strategies/trailing-dot.ts';
import { turnaround } from './strategies/turnaround.ts';
import { twoHosts } from './strategies/two-hosts.ts';
import { urgentByte } from './strategies/urgent-byte.ts';
import type { Strategy } from './strategy.ts';

/** In the order of the catalogue: segmentation, decoys, sessions, parsers, HTTP, IP. A new one is its file, its test, and a line here. */
export const CATALOGUE: readonly Strategy[] = [
  none,
  splitInName,
  splitBeforeName,
  splitTiny,
  splitReversed,
  disorderByTtl,
  smallWindow,
  smallAnswers,
  slowSegments,
  longPath,
  byteByByte,
  decoyBadChecksum,
  decoyLowTtl,
  decoyThatArrives,
  decoyOldSeq,
  decoyOldAck,
  decoyMd5,
  decoyOldTimestamp,
  decoyNoAck,
  decoyOddFlags,
  decoyDataOffset,
  decoyTwiceHopByHop,
  fakedSplit,
  fakedHostSplit,
  overlapLeft,
  overlapInside,
  rstAckBadChecksum,
  rstBadChecksum,
  rstLowTtl,
  rstMd5,
  finBadChecksum,
  oddFlagsBadChecksum,
  secondSyn,
  resyncDesync,
  payloadOnSyn,
  turnaround,
  lateRequest,
  otherPort,
  deafClient,
  recordsInName,
  recordsBeforeName,
  recordsAndSegments,
  urgentByte,
  noServerName,
  nameInCapitals,
  hostHeaderCase,
  hostNoSpace,
  hostSpaceBeforeColon,
  hostTab,
  trailingDot,
  leadingLine,
  lineFeeds,
  http10,
  otherMethod,
  paddedHead,
  absoluteUri,
  hostWithPort,
  twoHosts,
  ipFragments,
  shortIpLength,
  destinationOptions,
  dnsNameCase,
  dnsOddCounts,
  dnsLaterAnswer,
  dnsOverTcp,
  dnsOverTcpCut,
  dnsElsewhere,
  dnsOverHttps,
];
