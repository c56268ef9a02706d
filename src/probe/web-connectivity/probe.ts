import { analyzeWebConnectivity } from '../../ooni/analyze.ts';
import { experiment } from '../experiment.ts';
import { asnOf, ownHost, requireLab } from '../lab-facts.ts';
import type { Observation, ProbeRequest } from '../observation.ts';
import { askControl } from './ask-control.ts';
import { measureWebConnectivity } from './measure.ts';

/** OONI's Web Connectivity, and OONI's verdict on it. */
export function probeWebConnectivity({ url, ip, timeoutMs }: ProbeRequest): Promise<Observation> {
  const { hosts, publicResolver, publicNetworks, doh } = requireLab();
  return experiment({ ...WEB_CONNECTIVITY, input: url }, async () => {
    const data = await measureWebConnectivity({
      url,
      ip,
      timeoutMs,
      clientResolver: hosts[ownHost()]?.resolver ?? '',
      publicResolver: publicResolver[ip],
      doh,
      asnOf,
      askControl,
    });
    const { verdict, reasons } = analyzeWebConnectivity(data, {
      input: url,
      publicNetworks: publicNetworks.join(' '),
    });
    const { blocking, accessible, dns_consistency } = verdict;
    const page = data.requests[0];
    const observation: Observation = {
      failure: verdict.http_experiment_failure ?? verdict.dns_experiment_failure,
      says: reasons[0] ?? '',
      status: page === undefined || page.response.code === 0 ? undefined : page.response.code,
      remote: page?.address,
      verdict: {
        ...{ blocking, accessible, dns_consistency },
        blocking_flags: verdict.x_blocking_flags,
        dns_flags: verdict.x_dns_flags,
        null_null_flags: verdict.x_null_null_flags,
      },
    };
    return { observation, test_keys: { ...data, ...verdict } };
  });
}

/** Version of the specification (ts-017). */
const WEB_CONNECTIVITY = { test_name: 'web_connectivity', test_version: '0.5.28' };
