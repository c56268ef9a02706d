import type { Model } from '../policy/model.ts';
import { PRESETS } from '../policy/presets.ts';
import type { ModelSpec } from './model-schema.ts';

/** The model of a profile: its preset, with the profile's own knobs in place of the preset's. */
export function modelOf({ preset, ...spec }: ModelSpec): Model {
  const base = PRESETS[preset];
  return {
    position: spec.position ?? base.position,
    ports: spec.ports ?? base.ports,
    direction: spec.direction ?? base.direction,
    tcb: tcbOf(spec.tcb, base.tcb),
    validate: validateOf(spec.validate, base.validate),
    hops: {
      before: spec.hops?.before ?? base.hops.before,
      after: spec.hops?.after ?? base.hops.after,
      aware: spec.hops?.aware ?? base.hops.aware,
    },
    stream: streamOf(spec.stream, base.stream),
    ip: { defrag: spec.ip?.defrag ?? base.ip.defrag },
    tunnels: spec.tunnels ?? base.tunnels,
    ip6: { extHeaders: spec.ip6?.ext_headers ?? base.ip6.extHeaders },
    tls: tlsOf(spec.tls, base.tls),
    http: httpOf(spec.http, base.http),
    host: hostOf(spec.host, base.host),
    dns: dnsOf(spec.dns, base.dns),
    quic: {
      crypto: spec.quic?.crypto ?? base.quic.crypto,
      connections: spec.quic?.connections ?? base.quic.connections,
    },
    failMode: spec.fail_mode ?? base.failMode,
  };
}

function tcbOf(spec: ModelSpec['tcb'], base: Model['tcb']): Model['tcb'] {
  return {
    create: spec?.create ?? base.create,
    roles: spec?.roles ?? base.roles,
    onSecondSyn: spec?.on_second_syn ?? base.onSecondSyn,
    synPayload: spec?.syn_payload ?? base.synPayload,
    teardown: {
      on: spec?.teardown?.on ?? base.teardown.on,
      match: spec?.teardown?.match ?? base.teardown.match,
      does: spec?.teardown?.then ?? base.teardown.does,
    },
    resyncOn: spec?.resync_on ?? base.resyncOn,
    idleTimeout: spec?.idle_timeout_ms ?? base.idleTimeout,
    halfOpenTimeout: spec?.half_open_timeout_ms ?? base.halfOpenTimeout,
    capacity: spec?.capacity ?? base.capacity,
    eviction: spec?.eviction ?? base.eviction,
  };
}

function validateOf(spec: ModelSpec['validate'], base: Model['validate']): Model['validate'] {
  return {
    ipChecksum: spec?.ip_checksum ?? base.ipChecksum,
    tcpChecksum: spec?.tcp_checksum ?? base.tcpChecksum,
    seq: spec?.seq ?? base.seq,
    ack: spec?.ack ?? base.ack,
    flags: spec?.flags ?? base.flags,
    md5: spec?.options?.md5 ?? base.md5,
    paws: spec?.options?.paws ?? base.paws,
    headerLength: spec?.header_length ?? base.headerLength,
  };
}

function streamOf(spec: ModelSpec['stream'], base: Model['stream']): Model['stream'] {
  return {
    mode: spec?.mode ?? base.mode,
    overlap: spec?.overlap ?? base.overlap,
    outOfOrder: spec?.out_of_order ?? base.outOfOrder,
    limit: {
      bytes: spec?.limit?.bytes ?? base.limit.bytes,
      packets: spec?.limit?.packets ?? base.limit.packets,
      time: spec?.limit?.ms ?? base.limit.time,
      onLimit: spec?.limit?.on_limit ?? base.limit.onLimit,
    },
    minSegment: spec?.min_segment_bytes ?? base.minSegment,
    urgent: spec?.urgent ?? base.urgent,
  };
}

function tlsOf(spec: ModelSpec['tls'], base: Model['tls']): Model['tls'] {
  const reassembly = spec?.record_reassembly;
  return {
    parse: spec?.parse ?? base.parse,
    records: spec?.records ?? base.records,
    recordReassembly:
      reassembly === undefined
        ? base.recordReassembly
        : typeof reassembly === 'number'
          ? reassembly
          : RECORD_REASSEMBLY[reassembly],
    onPartial: spec?.on_partial ?? base.onPartial,
    everyHello: spec?.every_hello ?? base.everyHello,
  };
}

function httpOf(spec: ModelSpec['http'], base: Model['http']): Model['http'] {
  return {
    parse: spec?.parse ?? base.parse,
    everyRequest: spec?.every_request ?? base.everyRequest,
    http2: spec?.http2 ?? base.http2,
    methods: spec?.methods ?? base.methods,
    nameCase: spec?.name_case ?? base.nameCase,
    whitespace: spec?.whitespace ?? base.whitespace,
    endOfLine: spec?.end_of_line ?? base.endOfLine,
    leadingBlankLines: spec?.leading_blank_lines ?? base.leadingBlankLines,
    versions: spec?.versions ?? base.versions,
    hostField: spec?.host_field ?? base.hostField,
    whenHost: spec?.when_host ?? base.whenHost,
  };
}

function hostOf(spec: ModelSpec['host'], base: Model['host']): Model['host'] {
  return {
    normalise: {
      case: spec?.normalise?.case ?? base.normalise.case,
      trailingDot: spec?.normalise?.trailing_dot ?? base.normalise.trailingDot,
      port: spec?.normalise?.port ?? base.normalise.port,
      extras: spec?.normalise?.extras ?? base.normalise.extras,
      idna: spec?.normalise?.idna ?? base.normalise.idna,
    },
    match: spec?.match ?? base.match,
  };
}

function dnsOf(spec: ModelSpec['dns'], base: Model['dns']): Model['dns'] {
  return {
    udp: spec?.udp ?? base.udp,
    tcp: spec?.tcp ?? base.tcp,
    ports: spec?.ports ?? base.ports,
    qdStrict: spec?.qd_strict ?? base.qdStrict,
  };
}

/** In bytes; `full` is more than any client sends, and what the strict preset has. */
const RECORD_REASSEMBLY = { none: 0, full: 65_536 };
